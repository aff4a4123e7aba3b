//! Texts of about the length and the mix of common and rare words that people write.

/// Words of one text, which is 83 bytes long.
const WORDS: u64 = 14;
const LETTERS: u64 = 26;
const VOCABULARY: f64 = 20_000.0;

/// The text with this number in a conversation, always the same.
pub fn text(conversation: u64, number: u64) -> String {
    let mut state = conversation << 40 | number << 8;
    let words: Vec<String> = (0..WORDS).map(|_| word(next(&mut state))).collect();
    words.join(" ")
}

/// The word of a rank, 0 the commonest: five letters, so that none begins another.
pub fn word(rank: u64) -> String {
    let letter = |place: u32| {
        let digit = rank / LETTERS.pow(place) % LETTERS;
        char::from(b'a' + u8::try_from(digit).unwrap())
    };
    (0..5).rev().map(letter).collect()
}

/// A rank after Zipf: as often among the first hundred or so as among all beyond.
fn next(state: &mut u64) -> u64 {
    // splitmix64
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let uniform = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
    VOCABULARY.powf(uniform) as u64 - 1
}
