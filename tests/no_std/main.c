/* Links the core without the standard library of Rust and runs it once. */
#include <stddef.h>
#include <stdio.h>

extern int layercake_decode(const unsigned char *bytes, size_t length);
extern size_t layercake_build(unsigned char *buffer, size_t length);

int main(void) {
    unsigned char frame[128];
    size_t length = layercake_build(frame, sizeof frame);
    int tiles = layercake_decode(frame, length);
    printf("%zu bytes, %d tiles\n", length, tiles);
    return length == 49 && tiles == 23 ? 0 : 1;
}
