//! YAML as a tree, as far as labs need it: what names stand for (anchors, `<<`) is put in, with bounds.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{ImportError, one_line};

/// Lists and mappings in each other, at most.
const DEEPEST: usize = 64;
/// Values and bytes of their texts, at most, with all that names stand for.
const MOST: usize = 8 << 20;

/// A value, and the line that it begins in.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub line: usize,
    what: What,
    /// Values and bytes in it.
    size: usize,
    /// Levels in it: 0 for a text.
    depth: usize,
}

#[derive(Clone, Debug)]
enum What {
    /// Nothing, or `~`.
    Nothing,
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    fn new(line: usize, what: What) -> Self {
        let within: usize;
        let deepest: Option<usize>;
        match &what {
            What::Nothing => (within, deepest) = (0, None),
            What::Text(text) => (within, deepest) = (text.len(), None),
            What::List(items) => {
                within = items.iter().map(|item| item.size).fold(0, usize::saturating_add);
                deepest = Some(items.iter().map(|item| item.depth).max().unwrap_or(0));
            }
            What::Map(entries) => {
                let size = |(key, value): &(String, Self)| value.size.saturating_add(key.len());
                within = entries.iter().map(size).fold(0, usize::saturating_add);
                deepest = Some(entries.iter().map(|(_, value)| value.depth).max().unwrap_or(0));
            }
        }
        let depth = deepest.map_or(0, |deepest| deepest.saturating_add(1));
        Self { line, what, size: within.saturating_add(1), depth }
    }

    /// The value of a key, unless it is nothing.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let found = self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value);
        found.filter(|value| !matches!(value.what, What::Nothing))
    }

    /// What a mapping has, in the order in which it was written.
    pub fn entries(&self) -> &[(String, Self)] {
        match &self.what {
            What::Map(entries) => entries,
            _ => &[],
        }
    }

    /// What a list has.
    pub fn items(&self) -> &[Self] {
        match &self.what {
            What::List(items) => items,
            _ => &[],
        }
    }

    /// A text, a number, a word.
    pub fn text(&self) -> Option<&str> {
        match &self.what {
            What::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a mapping, or nothing.
    pub fn is_map(&self) -> bool {
        matches!(self.what, What::Map(_) | What::Nothing)
    }
}

/// A list or a mapping that has not ended.
struct Open {
    line: usize,
    anchor: usize,
    level: Level,
}

enum Level {
    List(Vec<Value>),
    Map {
        entries: Vec<(String, Value)>,
        keys: BTreeSet<String>,
        /// A key that waits for its value.
        key: Option<String>,
        /// Mappings behind `<<`.
        merged: Vec<Value>,
    },
}

/// Reads the first document of a text.
pub(super) fn read(file: &str, text: &str) -> Result<Value, ImportError> {
    let mut parser = Parser::new_from_str(text);
    let mut tree = Tree { file, open: Vec::new(), anchors: BTreeMap::new(), size: 0, whole: None };
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            // What ends too early is wrong in the line behind the last one.
            let line = error.marker().line().min(text.lines().count().max(1));
            ImportError::new(file, Some(line), format!("this is no YAML: {}", one_line(error.info())))
        })?;
        match event {
            Event::StreamEnd | Event::DocumentEnd => break,
            event => tree.take(event, span)?,
        }
    }
    tree.whole.ok_or_else(|| ImportError::new(file, None, "there is nothing in it"))
}

struct Tree<'f> {
    file: &'f str,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Value>,
    size: usize,
    whole: Option<Value>,
}

impl Tree<'_> {
    fn wrong(&self, line: usize, message: impl Into<String>) -> ImportError {
        ImportError::new(self.file, Some(line), message)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ImportError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let nothing = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                let what = if nothing { What::Nothing } else { What::Text(text.into_owned()) };
                let value = Value::new(line, what);
                self.grow(line, value.size)?;
                self.put(value, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(line, anchor, Level::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let (entries, keys, merged) = (Vec::new(), BTreeSet::new(), Vec::new());
                self.begin(line, anchor, Level::Map { entries, keys, key: None, merged })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { line, anchor, level }) = self.open.pop() else {
                    return Err(self.wrong(line, "something ends that has not begun"));
                };
                let what = match level {
                    Level::List(items) => What::List(items),
                    Level::Map { mut entries, mut keys, merged, .. } => {
                        for value in merged {
                            self.merge(&mut entries, &mut keys, &value)?;
                        }
                        What::Map(entries)
                    }
                };
                self.grow(line, 1)?;
                self.put(Value::new(line, what), anchor)
            }
            Event::Alias(anchor) => {
                let Some(value) = self.anchors.get(&anchor) else {
                    return Err(self.wrong(line, "this stands for something that is not there yet"));
                };
                let (size, depth) = (value.size, value.depth);
                self.grow(line, size)?;
                self.deep(line, depth)?;
                let value = self.anchors.get(&anchor).cloned();
                value.map_or(Ok(()), |value| self.put(Value { line, ..value }, 0))
            }
            _ => Ok(()),
        }
    }

    /// Something more is kept.
    fn grow(&mut self, line: usize, size: usize) -> Result<(), ImportError> {
        self.size = self.size.saturating_add(size);
        if self.size > MOST {
            return Err(self.wrong(line, "with all that its names stand for, this is too long"));
        }
        Ok(())
    }

    fn deep(&self, line: usize, more: usize) -> Result<(), ImportError> {
        if self.open.len().saturating_add(more) > DEEPEST {
            return Err(self.wrong(line, format!("there are more than {DEEPEST} levels")));
        }
        Ok(())
    }

    fn begin(&mut self, line: usize, anchor: usize, level: Level) -> Result<(), ImportError> {
        self.deep(line, 1)?;
        self.open.push(Open { line, anchor, level });
        Ok(())
    }

    /// A whole value goes to where it stands.
    fn put(&mut self, value: Value, anchor: usize) -> Result<(), ImportError> {
        if anchor > 0 {
            self.grow(value.line, value.size)?;
            self.anchors.insert(anchor, value.clone());
        }
        let wrong = |message: &str| Err(ImportError::new(self.file, Some(value.line), message));
        match self.open.last_mut().map(|open| &mut open.level) {
            None => self.whole = Some(value),
            Some(Level::List(items)) => items.push(value),
            Some(Level::Map { entries, keys, key, merged }) => match (key.take(), value.what) {
                (None, What::Text(text)) => {
                    if text != "<<" && !keys.insert(text.clone()) {
                        return wrong("a key stands twice in a mapping");
                    }
                    *key = Some(text);
                }
                (None, What::Nothing) => *key = Some(String::new()),
                (None, _) => return wrong("a key is a text here"),
                (Some(key), what) if key == "<<" => merged.push(Value { what, ..value }),
                (Some(key), what) => entries.push((key, Value { what, ..value })),
            },
        }
        Ok(())
    }

    /// Takes over what is not there: of a mapping, or of each in a list.
    fn merge(
        &mut self,
        entries: &mut Vec<(String, Value)>,
        keys: &mut BTreeSet<String>,
        from: &Value,
    ) -> Result<(), ImportError> {
        let maps = if from.items().is_empty() { core::slice::from_ref(from) } else { from.items() };
        for (key, value) in maps.iter().flat_map(Value::entries) {
            if keys.insert(key.clone()) {
                self.grow(from.line, value.size)?;
                entries.push((key.clone(), value.clone()));
            }
        }
        Ok(())
    }
}
