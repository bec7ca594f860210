//! Cells on paper: the ruler, the bars, the words between them.

use std::fmt;

use super::{Cell, Diagram, ROW, end_row};

/// Lines of characters, written to anywhere.
struct Canvas(Vec<Vec<char>>);

impl Canvas {
    fn put(&mut self, line: usize, column: usize, sign: char) {
        if let Some(place) = self.0.get_mut(line).and_then(|line| line.get_mut(column)) {
            *place = sign;
        }
    }

    /// Writes a text in the middle of so many columns.
    fn centre(&mut self, line: usize, column: usize, width: usize, text: &str) {
        let left = width.saturating_sub(text.chars().count()) / 2;
        for (at, sign) in text.chars().enumerate() {
            self.put(line, column.saturating_add(left).saturating_add(at), sign);
        }
    }
}

/// The drawing, and what is written short in it.
impl fmt::Display for Diagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, behind) = self.shown();
        let wide = self.end().saturating_sub(first.saturating_mul(ROW)).min(ROW);
        if wide == 0 {
            return Ok(());
        }
        if !self.bare {
            let tens =
                (0..wide).map(|bit| if bit % 10 == 0 { format!(" {}", bit / 10) } else { "  ".into() });
            writeln!(f, "{}", tens.collect::<String>().trim_end())?;
            writeln!(f, "{}", (0..wide).map(|bit| format!(" {}", bit % 10)).collect::<String>())?;
        }
        for line in &self.draw(first, behind).0 {
            writeln!(f, "{}", line.iter().collect::<String>().trim_end())?;
        }
        if !self.marked.is_empty() {
            let within = |column: usize, (start, last): &(usize, usize)| {
                (start.saturating_mul(2)..last.saturating_mul(2).saturating_add(1)).contains(&column)
            };
            let sign = |column| if self.marked.iter().any(|place| within(column, place)) { '^' } else { ' ' };
            let carets: String = (0..ROW.saturating_mul(2)).map(sign).collect();
            writeln!(f, " {}", carets.trim_end())?;
        }
        if self.left_out > 0 {
            writeln!(f, "... and {} bytes more", self.left_out.div_ceil(8))?;
        }
        let legend = self.legend();
        let widest = legend.iter().map(|(short, _)| short.chars().count()).max().unwrap_or(0);
        legend.iter().try_for_each(|(short, label)| writeln!(f, "  {short:<widest$}  {label}"))
    }
}

impl Diagram {
    /// The lines of the rows from one to before another.
    fn draw(&self, first: usize, behind: usize) -> Canvas {
        let valued = self.cells.iter().any(|cell| cell.value.is_some());
        // The line of bars above each row, and the one below the last.
        let mut bars = vec![0];
        for row in first..behind {
            // Cells that fill several rows have room enough, whatever a row has.
            let inside = self.cells.iter().filter(|cell| !cell.fills_rows() && cell.widest().0 / ROW == row);
            let lines = inside.map(|cell| cell.lines().len().max(1)).max();
            let height = lines.map_or(1, |lines| lines.saturating_add(usize::from(valued)));
            bars.push(bars.last().copied().unwrap_or(0_usize).saturating_add(height).saturating_add(1));
        }
        let lines = bars.last().copied().unwrap_or(0).saturating_add(1);
        let mut canvas = Canvas(vec![vec![' '; ROW.saturating_mul(2).saturating_add(1)]; lines]);
        for (row, line) in (first..=behind).zip(&bars) {
            self.draw_bar(&mut canvas, *line, row, (first, behind));
        }
        for (row, pair) in (first..behind).zip(bars.windows(2)) {
            let [above, below] = pair else { continue };
            self.draw_edges(&mut canvas, above.saturating_add(1)..*below, row);
        }
        for cell in &self.cells {
            let (start, _) = cell.widest();
            let row = start / ROW;
            let last = if cell.fills_rows() { end_row(cell) } else { row.saturating_add(1) };
            let line = |row: usize| bars.get(row.checked_sub(first)?).copied();
            let (Some(top), Some(bottom)) = (line(row), line(last)) else { continue };
            let column = (start % ROW).saturating_mul(2).saturating_add(1);
            cell.draw(&mut canvas, (top, bottom), column, valued);
        }
        canvas
    }

    /// The line above a row: dashes where the cells above and below it differ.
    fn draw_bar(&self, canvas: &mut Canvas, line: usize, row: usize, (first, behind): (usize, usize)) {
        let at = |row: usize, bit: usize| self.owner(row.saturating_mul(ROW).saturating_add(bit));
        let above = |bit| row.checked_sub(1).filter(|above| *above >= first).and_then(|row| at(row, bit));
        let below = |bit| Some(row).filter(|row| *row < behind).and_then(|row| at(row, bit));
        for bit in (0..ROW).filter(|bit| above(*bit).or(below(*bit)).is_some()) {
            let column = bit.saturating_mul(2);
            let edge = |bit: usize| above(bit) != below(bit);
            let before = bit.checked_sub(1).is_some_and(edge);
            let next = bit.saturating_add(1);
            let is_last = next == ROW || above(next).or(below(next)).is_none();
            if edge(bit) {
                canvas.put(line, column.saturating_add(1), '-');
            }
            if edge(bit) || before || bit == 0 {
                canvas.put(line, column, '+');
            } else if above(bit.saturating_sub(1)) != above(bit) {
                canvas.put(line, column, '|');
            }
            if is_last {
                canvas.put(line, column.saturating_add(2), '+');
            }
        }
    }

    /// The bars between the cells of a row.
    fn draw_edges(&self, canvas: &mut Canvas, lines: std::ops::Range<usize>, row: usize) {
        let owner = |bit: usize| self.owner(row.saturating_mul(ROW).saturating_add(bit));
        let open =
            |cell: Option<usize>| cell.and_then(|cell| self.cells.get(cell)).is_some_and(|cell| cell.open);
        for bit in 0..=ROW {
            let left = bit.checked_sub(1).and_then(owner);
            let right = if bit < ROW { owner(bit) } else { None };
            if left == right {
                continue;
            }
            let all_open = [left, right].into_iter().filter(Option::is_some).all(open);
            for line in lines.clone() {
                canvas.put(line, bit.saturating_mul(2), if all_open { ':' } else { '|' });
            }
        }
    }
}

impl Cell {
    /// Writes label and value between two lines of bars.
    fn draw(&self, canvas: &mut Canvas, (top, bottom): (usize, usize), column: usize, valued: bool) {
        let lines = self.lines();
        let room = bottom.saturating_sub(top).saturating_sub(1);
        let value = self.shown_value();
        // Over several rows the value follows the label; in one row all values are in the last line.
        let below = usize::from(valued && !self.fills_rows());
        let needed = lines.len().saturating_add(usize::from(valued && self.fills_rows()));
        let above = room.saturating_sub(below).saturating_sub(needed) / 2;
        let mut line = top.saturating_add(1).saturating_add(above);
        for text in &lines {
            canvas.centre(line, column, self.width(), text);
            line = line.saturating_add(1);
        }
        if let Some(value) = value {
            let line = if self.fills_rows() { line } else { bottom.saturating_sub(1) };
            canvas.centre(line, column, self.width(), &value);
        }
    }
}
