//! Columns of text.

use std::fmt::Write;

/// The widest line.
pub const WIDTH: usize = 100;

/// A table: rows of cells, each column as wide as its widest cell.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// How many columns are words, which begin at the left; the rest are numbers.
    words: usize,
}

impl Table {
    /// A table whose first columns are words.
    pub fn new(words: usize) -> Self {
        Self { rows: Vec::new(), words }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The columns that hold nothing but nothing are left out; the first row, which says what they are, does not count.
    #[must_use]
    pub fn without_empty(mut self) -> Self {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        for column in (self.words..columns).rev() {
            let filled = |row: &Vec<String>| row.get(column).is_some_and(|cell| !cell.is_empty());
            if !self.rows.iter().skip(1).any(filled) {
                for row in self.rows.iter_mut().filter(|row| row.len() > column) {
                    row.remove(column);
                }
            }
        }
        self
    }

    /// How wide it is, two spaces in front.
    pub fn width(&self) -> usize {
        self.widths().iter().map(|width| width.saturating_add(2)).sum()
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| length(cell)).max();
        (0..columns).map(|column| width(column).unwrap_or(0)).collect()
    }

    /// The lines, two spaces between the columns and in front.
    pub fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let rest = " ".repeat(width.saturating_sub(length(cell)));
                let (before, behind) =
                    if column < self.words { ("", rest.as_str()) } else { (rest.as_str(), "") };
                let _ = write!(line, "  {before}{cell}{behind}");
            }
            line.truncate(line.trim_end().len());
            line
        };
        self.rows.iter().map(line).collect()
    }
}

/// Signs of a text: what it takes on a terminal, as long as it is of letters that are one wide.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// Breaks a text into lines that are no wider; what has no spaces is broken anywhere.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(10);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        while let Some(line) = lines.last_mut() {
            let used = length(line);
            let space = usize::from(used > 0);
            if used.saturating_add(space).saturating_add(word.len()) <= width {
                line.extend(core::iter::repeat_n(' ', space));
                line.extend(word);
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            line.extend(word.drain(..width.min(word.len())));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_at_the_right() {
        let mut table = Table::new(1);
        table.row(["link", "sent", "lost"].map(String::from));
        table.row(["é", "1000", ""].map(String::from));
        table.row(["a-b", "2", ""].map(String::from));
        assert_eq!(table.lines(), ["  link  sent  lost", "  é     1000", "  a-b      2"]);
        assert_eq!(table.without_empty().lines(), ["  link  sent", "  é     1000", "  a-b      2"]);
    }

    #[test]
    fn long_lines_are_broken() {
        assert_eq!(wrap("one two three four", 10), ["one two", "three four"]);
        assert_eq!(wrap("0123456789abc d", 10), ["0123456789", "abc d"]);
        assert_eq!(wrap("", 10), [""]);
    }
}
