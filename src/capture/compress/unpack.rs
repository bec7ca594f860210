//! What is compressed, as a stream of what was.
//!
//! The decompressors are for one member or frame each. Between two of them, the state machine here looks at what
//! comes next; a decompressor that is at its end has read not a byte too much, because it reads from [`Feed`].

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder as ZstdDecoder};

use super::super::buffer::Buffer;
use super::Compression;

/// Bytes that a decompressor gets at a time.
const PIECE: usize = 1 << 15;
/// The greatest window of zstd.
const ZSTD_WINDOW: u64 = 128 << 20;

/// What a decompressor reads from. It remembers what went wrong below, and whether the end was met.
struct Feed<R> {
    buffer: Buffer<R>,
    ended: bool,
    error: Option<io::Error>,
}

impl<R: Read> BufRead for Feed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.buffer.fill(1) {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error) => {
                let kind = error.kind();
                self.error = Some(error);
                return Err(kind.into());
            }
        }
        let bytes = self.buffer.bytes();
        Ok(bytes.get(..PIECE).unwrap_or(bytes))
    }

    fn consume(&mut self, count: usize) {
        self.buffer.consume(count);
    }
}

impl<R: Read> Read for Feed<R> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        let there = self.fill_buf()?;
        let count = there.len().min(place.len());
        if let (Some(to), Some(from)) = (place.get_mut(..count), there.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

enum State<R: Read> {
    /// Between two members.
    Between(Feed<R>),
    Gzip(GzDecoder<Feed<R>>),
    Zstd(Box<Zstd<R>>),
    Lz4(Box<Lz4Decoder<Feed<R>>>),
    /// At the end, or behind an error.
    Over,
}

/// A stream of what was compressed.
pub(crate) struct Unpack<R: Read> {
    compression: Compression,
    state: State<R>,
    first: bool,
}

impl<R: Read> Unpack<R> {
    /// Undoes this compression from the next byte on.
    pub(crate) fn new(compression: Compression, buffer: Buffer<R>) -> Self {
        let feed = Feed { buffer, ended: false, error: None };
        Self { compression, state: State::Between(feed), first: true }
    }

    pub(crate) fn compression(&self) -> Compression {
        self.compression
    }

    /// Begins with the next member, or ends.
    fn next_member(&mut self, mut feed: Feed<R>) -> io::Result<State<R>> {
        let start = loop {
            feed.buffer.fill(8)?;
            let bytes = feed.buffer.bytes();
            match (bytes.first_chunk::<4>(), self.compression) {
                // To be skipped: its length follows.
                (Some([0x50..=0x5f, 0x2a, 0x4d, 0x18]), Compression::Zstd | Compression::Lz4) => {
                    let length = super::super::Order::Little.u32(bytes, 4).ok_or_else(cut)?;
                    feed.buffer.consume(8);
                    skip(&mut feed, u64::from(length))?;
                }
                // Tapes fill up with zeros.
                (_, Compression::Gzip) if !self.first && bytes.first() == Some(&0) => feed.buffer.consume(1),
                _ => break bytes,
            }
        };
        self.first = false;
        if start.is_empty() {
            return Ok(State::Over);
        }
        if start.len() >= 4 && Compression::of(start) != Some(self.compression) {
            return Err(io::Error::other("what follows a whole part of it is no other part"));
        }
        feed.ended = false;
        Ok(match self.compression {
            Compression::Gzip => State::Gzip(GzDecoder::new(feed)),
            Compression::Zstd => {
                let mut decoder = ZstdDecoder::new();
                decoder.set_max_window_size(ZSTD_WINDOW);
                let result = decoder.init(&mut feed).map(|()| 0).map_err(io::Error::other);
                outcome(result, &mut feed)?;
                State::Zstd(Box::new(Zstd { decoder, feed, error: None }))
            }
            Compression::Lz4 => State::Lz4(Box::new(Lz4Decoder::new(feed))),
        })
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle")
}

fn skip<R: Read>(feed: &mut Feed<R>, mut length: u64) -> io::Result<()> {
    while length > 0 {
        let there = feed.buffer.fill(1)?;
        if there == 0 {
            return Err(cut());
        }
        let part = usize::try_from(length).unwrap_or(usize::MAX).min(there);
        feed.buffer.consume(part);
        length = length.saturating_sub(part as u64);
    }
    Ok(())
}

/// What a decompressor says, and whether the input below it failed.
fn outcome<R>(result: io::Result<usize>, feed: &mut Feed<R>) -> io::Result<usize> {
    match (result, feed.error.take()) {
        (Err(_), Some(error)) => Err(error),
        (Err(error), None) if feed.ended => {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("it ends in the middle ({error})")))
        }
        // Whatever its kind, it is about the content and not about reading.
        (Err(error), None) => Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
        (Ok(count), _) => Ok(count),
    }
}

impl<R: Read> Read for Unpack<R> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        loop {
            let state = std::mem::replace(&mut self.state, State::Over);
            // Behind an error, the state stays `Over`.
            self.state = match state {
                State::Over => return Ok(0),
                State::Between(feed) => self.next_member(feed).map_err(damage)?,
                State::Gzip(mut decoder) => {
                    let result = decoder.read(place);
                    match outcome(result, decoder.get_mut())? {
                        0 => State::Between(decoder.into_inner()),
                        count => {
                            self.state = State::Gzip(decoder);
                            return Ok(count);
                        }
                    }
                }
                State::Zstd(mut zstd) => match zstd.read(place)? {
                    0 => State::Between(zstd.feed),
                    count => {
                        self.state = State::Zstd(zstd);
                        return Ok(count);
                    }
                },
                State::Lz4(mut decoder) => {
                    let result = decoder.read(place);
                    match outcome(result, decoder.get_mut())? {
                        // Where its input ends between two blocks, the decompressor keeps silent.
                        0 if decoder.get_ref().ended => return Err(cut()),
                        0 => State::Between(decoder.into_inner()),
                        count => {
                            self.state = State::Lz4(decoder);
                            return Ok(count);
                        }
                    }
                }
            };
        }
    }
}

/// A zstd frame. Its decompressor holds back the last window until the frame ends.
struct Zstd<R> {
    decoder: ZstdDecoder,
    feed: Feed<R>,
    /// What went wrong; said when everything before it has been given out.
    error: Option<io::Error>,
}

/// An empty last block, with a checksum behind it if one is wanted.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl<R: Read> Zstd<R> {
    /// What comes next; 0 at the end of the frame.
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        let one = || BlockDecodingStrategy::UptoBlocks(1);
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let result =
                self.decoder.decode_blocks(&mut self.feed, one()).map(|_| 0).map_err(io::Error::other);
            if let Err(error) = outcome(result, &mut self.feed) {
                // With an end of our own, the blocks before this one come out.
                let ended = self.decoder.decode_blocks(&LAST_BLOCK[..], one());
                if ended.is_err() || self.error.is_some() {
                    return Err(error);
                }
                self.error = Some(error);
            }
        }
        match (self.decoder.read(place)?, self.error.take()) {
            (0, Some(error)) => Err(error),
            (0, None) => {
                let said = self.decoder.get_checksum_from_data();
                match said.is_some() && said != self.decoder.get_calculated_checksum() {
                    true => Err(damage(io::Error::other("the checksum is wrong"))),
                    false => Ok(0),
                }
            }
            (count, error) => {
                self.error = error;
                Ok(count)
            }
        }
    }
}

/// An error between two members: from below as it is, or about the content.
fn damage(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Other => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
        _ => error,
    }
}

impl<R: Read> std::fmt::Debug for Unpack<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpack").field("compression", &self.compression).finish_non_exhaustive()
    }
}
