//! What the text index holds of a text, and what a search asks of it: words only, never its query syntax.

/// Stands before the code of a sign. Of the private use area, out of which no text gets anything in.
const SIGN: char = '\u{e000}';
/// Stands before the key of a conversation.
const CONVERSATION: char = '\u{e001}';

/// Bytes of a search that are looked at.
const MAX_SEARCH_BYTES: usize = 256;
/// Words of a search that are looked at.
const MAX_SEARCH_WORDS: usize = 16;

/// What the index holds of a text. The same again for ever: nothing else takes it out again.
pub(super) fn indexed_form(conversation: i64, text: &str) -> String {
    let mut form = String::with_capacity(text.len() + 8);
    push_conversation(&mut form, conversation);
    form.push(' ');
    push_words(&mut form, text);
    form
}

/// The query for texts in which each word of the search begins a word; `None` if there is none to search for.
/// Only the beginning of an endless search counts.
pub(super) fn query_form(within: Option<i64>, search: &str) -> Option<String> {
    let cut = search.floor_char_boundary(MAX_SEARCH_BYTES);
    let beginning = search.get(..cut).unwrap_or_default();
    let mut phrases = String::new();
    for word in beginning.split_whitespace().take(MAX_SEARCH_WORDS) {
        let mut words = String::new();
        push_words(&mut words, word);
        if words.trim().is_empty() {
            continue;
        }
        // No quotation mark is in it: push_words lets none through.
        phrases.push('"');
        phrases.push_str(words.trim());
        phrases.push_str("\" * ");
    }
    if phrases.is_empty() {
        return None;
    }
    let Some(conversation) = within else {
        return Some(phrases);
    };
    // The word AND, so that phrases without a word find nothing and not all of the conversation.
    let mut query = String::from("\"");
    push_conversation(&mut query, conversation);
    query.push_str("\" AND (");
    query.push_str(&phrases);
    query.push(')');
    Some(query)
}

fn push_conversation(form: &mut String, conversation: i64) {
    form.push(CONVERSATION);
    form.push_str(&conversation.to_string());
}

/// The words of a text with spaces between them. Case and accents are the tokenizer's.
fn push_words(form: &mut String, text: &str) {
    for c in text.chars() {
        if is_sign(c) {
            form.push(' ');
            form.push(SIGN);
            // Six digits each, so that none begins another.
            for nibble in (0..6).rev() {
                let digit = u32::from(c) >> (4 * nibble) & 0xf;
                form.extend(char::from_digit(digit, 16));
            }
            form.push(' ');
        } else if is_written_without_spaces(c) {
            // A word of its own, so that a search finds it in the middle of a run.
            form.push(' ');
            form.push(c);
            form.push(' ');
        } else if matches!(c, 'ß' | 'ẞ') {
            // Who has no key for it writes this.
            form.push_str("ss");
        } else if is_invisible(c) {
            // What is around it is one word, or one sign.
        } else if c.is_alphanumeric() || !(c.is_ascii() || is_private(c)) {
            form.push(c);
        } else {
            form.push(' ');
        }
    }
}

/// Emoji and other pictures. They are coded, because the tokenizer takes none for a word.
fn is_sign(c: char) -> bool {
    !is_skin_tone(c)
        && matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{24ff}'
            | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}'
            | '\u{1f000}'..='\u{1faff}')
}

/// Chinese, Japanese, and the scripts of Thailand, Laos, Myanmar and Cambodia.
fn is_written_without_spaces(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{30ff}'
        | '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Soft hyphens, joiners, and what only says how the character before it looks: an accent or a skin tone. By itself
/// an accent would be an empty word to the tokenizer, with which every word begins.
fn is_invisible(c: char) -> bool {
    is_skin_tone(c)
        || matches!(
            c,
            '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}'
        )
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_gets_neither_syntax_nor_the_marks_of_the_index_in() {
        let hostile = "a\"b*(c) NEAR:d-e^{f}\0g\u{e000}01f389\u{e001}7\u{f0000}";
        let mut words = String::new();
        push_words(&mut words, hostile);
        assert_eq!(words, "a b  c  NEAR d e  f  g 01f389 7 ");
        assert_eq!(query_form(None, "\" ) OR *").unwrap(), "\"OR\" * ");
    }

    #[test]
    fn a_search_without_a_word_is_none() {
        for search in ["", " ", "\0", "\"\"", "*", "- -", "\u{200d}", "\u{e000}"] {
            assert_eq!(query_form(None, search), None, "{search:?}");
            assert_eq!(query_form(Some(1), search), None, "{search:?}");
        }
    }

    #[test]
    fn an_endless_search_is_cut_after_whole_characters_and_words() {
        let many = "ab ".repeat(1000);
        let query = query_form(None, &many).unwrap();
        assert_eq!(query, "\"ab\" * ".repeat(MAX_SEARCH_WORDS));
        let long = "aü".repeat(1000);
        let query = query_form(None, &long).unwrap();
        assert_eq!(query, ["\"", &"aü".repeat(85), "a\" * "].concat());
    }
}
