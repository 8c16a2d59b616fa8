//! Finding rooms by what people type: offline, while they type it, and in spite of slips.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::wire::CatalogueEntry;

/// Words that say little about a room. A room without them is found all the same.
const WEAK: &str = "a about all am an analyse analysis analyze and any are at by can channel chat \
    data do error for from galaxy have help here how i in is issue it me my need not of on or \
    problem question room sequencing some somebody someone the there this to tutorial use using \
    want we what where which who with";

/// What is beyond that in a query is not looked at.
const LONGEST_QUERY: usize = 200;
const MOST_WORDS: usize = 8;

/// How much a word says about a room, by where it stands.
const IN_NAME: u32 = 10;
const IN_WORDS: u32 = 8;
const IN_ALIAS: u32 = 5;
const IN_SENTENCE: u32 = 3;

/// How well two words agree, out of a hundred.
const EXACT: u32 = 100;
const BEGINNING: u32 = 60;
const INSIDE: u32 = 40;
const SLIP: u32 = 35;

/// Makes the difference between rooms that have the same words in their names.
const BEGINS_NAME: u32 = 300;

/// More than all words together can reach.
const WHOLE_ALIAS: u32 = 1_000_000;
const WHOLE_NAME: u32 = 2 * WHOLE_ALIAS;

/// What each word of a list of rooms leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    vocabulary: Vec<Word>,
    rooms: Vec<Room>,
}

#[derive(Clone, Debug, PartialEq)]
struct Word {
    text: String,
    /// Its length in characters.
    length: usize,
    /// Which characters are in it: one bit each, some sharing theirs.
    characters: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Room {
    name: String,
    alias: String,
    /// The places of its words in the vocabulary, and how much each says.
    words: Vec<(usize, u32)>,
}

/// How well a part of the query agrees with each word of the vocabulary.
type Agreement = Vec<u32>;

struct Asked {
    weak: bool,
    alone: Agreement,
    /// Written in one with the word before.
    joined: Option<Agreement>,
}

impl Index {
    pub(super) fn new(entries: &[CatalogueEntry]) -> Self {
        let mut places = HashMap::new();
        let mut vocabulary = Vec::new();
        let rooms = entries.iter().map(|entry| {
            let mut words = BTreeMap::new();
            for (text, weight) in texts(entry) {
                let place = *places.entry(text.clone()).or_insert_with(|| {
                    vocabulary.push(Word::new(text));
                    vocabulary.len() - 1
                });
                let most = words.entry(place).or_insert(weight);
                *most = weight.max(*most);
            }
            let (name, alias) = (words_of(&entry.name), words_of(name_in(&entry.alias)));
            Room {
                name: name.join(" "),
                alias: alias.join(" "),
                words: words.into_iter().collect(),
            }
        });
        let rooms = rooms.collect();
        Self { vocabulary, rooms }
    }

    /// The places of the rooms that fit, the best first; equal ones stay in the order they have.
    pub(super) fn find(&self, query: &str) -> Vec<usize> {
        let words = words_of(name_in(beginning(query.trim(), LONGEST_QUERY)));
        let whole = words.join(" ");
        let asked = self.ask(&words[..words.len().min(MOST_WORDS)]);
        let scores = self.rooms.iter().enumerate().filter_map(|(place, room)| {
            let bonus = match whole.as_str() {
                whole if whole == room.name => WHOLE_NAME,
                whole if whole == room.alias => WHOLE_ALIAS,
                whole if room.name.starts_with(whole) => BEGINS_NAME,
                _ => 0,
            };
            Some((Reverse(room.score(&asked)? + bonus), place))
        });
        let mut scores: Vec<_> = scores.collect();
        scores.sort_unstable();
        scores.into_iter().map(|(_, place)| place).collect()
    }

    fn ask(&self, words: &[String]) -> Vec<Asked> {
        let only_weak = words.iter().all(|word| is_weak(word));
        let asked = words.iter().enumerate().map(|(at, word)| Asked {
            weak: is_weak(word) && !only_weak,
            alone: self.agreement(word),
            joined: at.checked_sub(1).map(|last| self.agreement(&format!("{}{word}", words[last]))),
        });
        asked.collect()
    }

    /// Slips are looked for in words only that are in no room's vocabulary.
    fn agreement(&self, word: &str) -> Agreement {
        let word = Word::new(word.to_owned());
        let known: Agreement = self.vocabulary.iter().map(|other| word.known_as(other)).collect();
        if known.iter().any(|agreement| *agreement > 0) {
            return known;
        }
        self.vocabulary.iter().map(|other| word.slipped_from(other)).collect()
    }
}

impl Room {
    /// How well the room fits; nothing where a word of the query is not about it.
    fn score(&self, asked: &[Asked]) -> Option<u32> {
        let best = |agreement: &Agreement| {
            self.words.iter().map(|(place, weight)| agreement[*place] * weight).max().unwrap_or(0)
        };
        // The best for the words up to each, and for those up to the one before it.
        let (mut so_far, mut before) = (Some(0), None);
        for part in asked {
            let alone = so_far.zip(match best(&part.alone) {
                score if part.weak => Some(score / 4),
                0 => None,
                score => Some(score),
            });
            let joined = part.joined.as_ref().map_or(0, best);
            // Two words that stand together say more than the same two apart.
            let joined = before.zip(Some(joined * 5 / 2).filter(|score| *score > 0));
            let sum = |(left, right)| left + right;
            (before, so_far) = (so_far, alone.map(sum).max(joined.map(sum)));
        }
        so_far.filter(|score| *score > 0)
    }
}

impl Word {
    fn new(text: String) -> Self {
        let characters = text.chars().fold(0, |bits, character| bits | bit(character));
        Self { length: text.chars().count(), characters, text }
    }

    /// How well this word, perhaps not typed to the end, agrees with another.
    fn known_as(&self, other: &Self) -> u32 {
        if self.characters & !other.characters != 0 {
            0
        } else if self.text == other.text {
            EXACT
        } else if other.text.starts_with(&self.text) {
            let share = self.length * 30 / other.length;
            BEGINNING + u32::try_from(share).unwrap_or(0)
        } else if self.length > 4 && other.text.contains(&self.text) {
            INSIDE
        } else {
            0
        }
    }

    /// How well it agrees, were it typed with slips: a letter too many, missing, wrong, or two of
    /// them the wrong way round.
    fn slipped_from(&self, other: &Self) -> u32 {
        let slips = self.slips_allowed();
        let strange = (self.characters & !other.characters).count_ones() as usize;
        let hopeless = strange > slips || self.length > other.length + slips;
        if slips == 0 || hopeless || !self.begins_like(other) {
            return 0;
        }
        let short = self.length < 6;
        if self.length + slips >= other.length
            && let Some(distance) = self.distance(&other.text, slips)
        {
            // A wrong letter makes another word of a short one.
            let other_word = self.length == other.length && self.characters != other.characters;
            return if short && (other_word || other.length < 4) { 0 } else { SLIP - 8 * distance };
        }
        if short {
            return 0;
        }
        // It may be the beginning of a longer word.
        let lengths = self.length - slips..=(self.length + slips).min(other.length);
        let beginnings = lengths.map(|length| beginning(&other.text, length));
        let distance = beginnings.filter_map(|text| self.distance(text, slips)).min();
        distance.map_or(0, |distance| SLIP - 8 * distance - 4)
    }

    /// Short words are too much alike to guess.
    fn slips_allowed(&self) -> usize {
        match self.length {
            0..4 => 0,
            4..8 => 1,
            _ => 2,
        }
    }

    fn distance(&self, other: &str, slips: usize) -> Option<u32> {
        let distance = strsim::osa_distance(&self.text, other);
        // Nobody means another number.
        let digits = |letter: &char| letter.is_numeric();
        let same = self.text.chars().filter(digits).eq(other.chars().filter(digits));
        (distance <= slips && same).then(|| u32::try_from(distance).unwrap_or(u32::MAX))
    }

    /// People begin with the right letter, or with the first two the wrong way round.
    fn begins_like(&self, other: &Self) -> bool {
        let first_two = |word: &Self| {
            let mut letters = word.text.chars();
            (letters.next(), letters.next())
        };
        let ((first, second), others) = (first_two(self), first_two(other));
        first == others.0 || (second, first) == others
    }
}

/// Everything a room is found by, and how much it says.
fn texts(entry: &CatalogueEntry) -> Vec<(String, u32)> {
    let phrases = [(entry.name.as_str(), IN_NAME), (name_in(&entry.alias), IN_ALIAS)].into_iter();
    let phrases = phrases.chain(entry.words.iter().map(|phrase| (phrase.as_str(), IN_WORDS)));
    // Some know the room by what it calls itself.
    let live = entry.live.as_ref();
    let phrases = phrases.chain(live.and_then(|live| Some((live.name.as_deref()?, IN_ALIAS))));
    let mut texts = Vec::new();
    for (phrase, weight) in phrases {
        let words = words_of(phrase);
        // What one writes in two words, another writes in one.
        texts.extend(words.windows(2).map(|pair| (pair.concat(), weight)));
        if words.len() > 2 {
            texts.push((words.concat(), weight));
        }
        texts.extend(words.into_iter().map(|word| (word, weight)));
    }
    let topic = live.and_then(|live| live.topic.as_ref());
    let sentences = [&entry.purpose, &entry.audience].into_iter().chain(topic);
    let sentences = sentences.flat_map(|text| words_of(text));
    let telling = sentences.filter(|word| !is_weak(word));
    texts.extend(telling.map(|word| (word, IN_SENTENCE)));
    texts
}

/// The words of a text, without accents, capitals and the plural.
fn words_of(text: &str) -> Vec<String> {
    let letters = text.nfkd().filter(|letter| !is_combining_mark(*letter));
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    let words = plain.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(|word| singular(word).to_owned()).collect()
}

/// Good enough for comparing: both sides lose the same letter. News is not more of what is new.
fn singular(word: &str) -> &str {
    match word.strip_suffix('s').filter(|_| word != "news") {
        Some(rest) if rest.len() > 2 && !rest.ends_with(['s', 'u', 'i']) => rest,
        _ => word,
    }
}

/// What a room is called in its address; the server says nothing about it.
fn name_in(text: &str) -> &str {
    match text.strip_prefix('#') {
        Some(alias) => alias.split(':').next().unwrap_or_default(),
        // A room's id says nothing to anybody.
        None if text.starts_with('!') => "",
        None => text,
    }
}

fn is_weak(word: &str) -> bool {
    WEAK.split_ascii_whitespace().any(|weak| weak == word)
}

fn beginning(text: &str, length: usize) -> &str {
    text.char_indices().nth(length).map_or(text, |(end, _)| &text[..end])
}

fn bit(letter: char) -> u64 {
    1 << (u32::from(letter) % 64)
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
