//! LZ4 blocks made with a long search: shorter than quick ones, and as quick to read.
//!
//! What is merged is packed once, in idle time, and read many times. The search is the classic one: of all earlier places that
//! begin with the same four bytes, a chain from the nearest back, the longest match is taken, unless the next byte begins a longer one.
//! [LZ4's own description](https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) says what a block looks like.

/// The shortest match that a block can name.
const MIN_MATCH: usize = 4;

/// The furthest that a match can lie back.
const MAX_DISTANCE: usize = 65_535;

/// The last bytes are always written as they are.
const LAST_LITERALS: usize = 5;

/// No match begins later than so many bytes before the end.
const MATCH_LIMIT: usize = 12;

/// How many places are looked at for the longest match.
const SEARCHED: usize = 24;

/// A match of so many bytes is long enough: no better one is looked for.
const LONG_ENOUGH: usize = 64;

const HASH_BITS: u32 = 14;

/// No place.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Default)]
struct Match {
    length: usize,
    distance: usize,
}

/// Earlier places by the four bytes that stand there.
struct Chains<'a> {
    text: &'a [u8],
    newest: Vec<u32>,
    /// Of each place the one before it with the same hash.
    before: Vec<u32>,
    /// Places before this one are in the chains.
    known: usize,
}

/// Compresses a body that follows a dictionary, of which at most the last 64 KiB count.
pub(super) fn compress_densely(body: &[u8], dictionary: &[u8]) -> Vec<u8> {
    let start = dictionary.len().min(MAX_DISTANCE);
    let text = [&dictionary[dictionary.len() - start..], body].concat();
    let mut out = Vec::with_capacity(body.len() / 4);
    let mut chains = Chains::of(&text);
    let last_match = text.len().saturating_sub(MATCH_LIMIT);
    let (mut at, mut literals) = (start, start);
    while at < last_match {
        let mut found = chains.longest(at);
        if found.length < MIN_MATCH {
            at += 1;
            continue;
        }
        while found.length < LONG_ENOUGH && at + 1 < last_match {
            let next = chains.longest(at + 1);
            if next.length <= found.length {
                break;
            }
            (at, found) = (at + 1, next);
        }
        put_sequence(&mut out, &text[literals..at], Some(found));
        at += found.length;
        literals = at;
    }
    put_sequence(&mut out, &text[literals..], None);
    out
}

impl<'a> Chains<'a> {
    fn of(text: &'a [u8]) -> Self {
        Self { text, newest: vec![NONE; 1 << HASH_BITS], before: vec![NONE; text.len()], known: 0 }
    }

    /// The longest match for what stands at a place; of equal ones the nearest.
    fn longest(&mut self, at: usize) -> Match {
        self.learn(at);
        let text = self.text;
        let most = text.len() - LAST_LITERALS - at;
        let mut best = Match { length: MIN_MATCH - 1, distance: 0 };
        let mut place = self.newest[self.hash(at)];
        for _ in 0..SEARCHED {
            let earlier = place as usize;
            if place == NONE || at - earlier > MAX_DISTANCE {
                break;
            }
            if text[earlier + best.length] == text[at + best.length] {
                let length = same(&text[earlier..], &text[at..at + most]);
                if length > best.length {
                    best = Match { length, distance: at - earlier };
                    if length >= LONG_ENOUGH || length == most {
                        break;
                    }
                }
            }
            place = self.before[earlier];
        }
        if best.distance == 0 { Match::default() } else { best }
    }

    /// Takes in the places before one.
    fn learn(&mut self, end: usize) {
        for place in self.known..end {
            let hash = self.hash(place);
            self.before[place] = self.newest[hash];
            self.newest[hash] = place as u32;
        }
        self.known = self.known.max(end);
    }

    fn hash(&self, at: usize) -> usize {
        let mut four = [0; MIN_MATCH];
        four.copy_from_slice(&self.text[at..at + MIN_MATCH]);
        // Knuth's multiplicative hash: 2^32 divided by the golden ratio.
        (u32::from_le_bytes(four).wrapping_mul(2_654_435_761) >> (32 - HASH_BITS)) as usize
    }
}

/// How many bytes are the same from the beginnings on.
fn same(one: &[u8], other: &[u8]) -> usize {
    let (ones, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let mut length = 0;
    for (a, b) in ones.zip(others) {
        let (mut x, mut y) = ([0; 8], [0; 8]);
        x.copy_from_slice(a);
        y.copy_from_slice(b);
        let difference = u64::from_le_bytes(x) ^ u64::from_le_bytes(y);
        if difference != 0 {
            return length + (difference.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    length + one[length..].iter().zip(&other[length..]).take_while(|(a, b)| a == b).count()
}

/// Literals, and what follows them; nothing does at the end.
fn put_sequence(out: &mut Vec<u8>, literals: &[u8], found: Option<Match>) {
    let more = found.map_or(0, |found| found.length - MIN_MATCH);
    out.push((literals.len().min(15) << 4 | more.min(15)) as u8);
    put_rest(out, literals.len());
    out.extend_from_slice(literals);
    if let Some(found) = found {
        out.extend_from_slice(&(found.distance as u16).to_le_bytes());
        put_rest(out, more);
    }
}

/// What does not fit four bits of a length.
fn put_rest(out: &mut Vec<u8>, length: usize) {
    let Some(mut rest) = length.checked_sub(15) else { return };
    while rest >= 255 {
        out.push(255);
        rest -= 255;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::compress_densely;

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let words = prop::sample::select(vec![
            &b"{\"name\":\""[..],
            b"ada",
            b"\",",
            b"aaaaaaaaaaaaaaaaaaaa",
            b"x",
            b"\0",
        ]);
        let random = prop::collection::vec(any::<u8>(), 0..40);
        let piece = prop_oneof![4 => words.prop_map(<[u8]>::to_vec), 1 => random];
        prop::collection::vec(piece, 0..300).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_was_packed_unpacks(body in text(), dictionary in text()) {
            let packed = compress_densely(&body, &dictionary);
            let found = lz4_flex::block::decompress_with_dict(&packed, body.len(), &dictionary);
            prop_assert_eq!(found.expect("an LZ4 block"), body);
        }

        #[test]
        fn it_is_hardly_ever_longer_than_packed_quickly(body in text()) {
            let quick = lz4_flex::block::compress(&body).len();
            let dense = compress_densely(&body, &[]).len();
            prop_assert!(dense <= quick + quick / 50 + 8, "{dense} against {quick}");
        }
    }

    #[test]
    fn what_lies_too_far_back_is_not_named() {
        let far: Vec<u8> = (0..70_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for dictionary in [&b""[..], &far] {
            let body = [&b"the beginning of all things"[..], &far, b"the beginning of all things"].concat();
            let packed = compress_densely(&body, dictionary);
            let found = lz4_flex::block::decompress_with_dict(&packed, body.len(), dictionary);
            assert_eq!(found.expect("an LZ4 block"), body);
        }
    }
}
