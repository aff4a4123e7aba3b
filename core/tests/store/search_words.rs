//! What a search finds of what a person types: words of any script, and never syntax.

use crate::samples::{conversation, with_tx};
use crate::search::{find, find_in, say};

#[test]
fn words_are_found_by_their_beginnings_in_every_script() {
    let (german, japanese) = (
        "Grüße aus Österreich, der Kaffee heiß",
        "東京タワーに行きました。",
    );
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            german,
            &[
                "grüße",
                "grusse aus",
                "GRÜ",
                "österr",
                "oster",
                "o\u{308}ster",
                "heiß",
                "heiss",
                "HEISS",
                "aus der kaf",
                "kaf öst",
                "Österreich, der",
            ],
            &["rüße", "kaffeehaus", "eiß", "reich"],
        ),
        (
            "U\u{308}ber die Bru\u{308}cke",
            &["über", "uber", "BRÜCKE", "bru\u{308}c"],
            &["rücke"],
        ),
        (
            japanese,
            &[
                "東京",
                "京タワー",
                "タワー",
                "行きました",
                "に",
                "東京 行",
                "東京タワーに行きました。",
            ],
            &["京東", "東タワー", "名古屋"],
        ),
        (
            "我明天去北京tower看看",
            &["北京", "明天", "京tow", "去 看"],
            &["京北", "ower"],
        ),
        ("서울에서 만나요", &["서울", "만나"], &["울에서"]),
        ("हिन्दी में लिखो", &["हिन्", "हिन्दी", "लिखो"], &["न्दी"]),
        ("สวัสดีครับ", &["สวัสดี", "ครับ"], &["ครับสวัสดี"]),
        (
            "well done 🎉👍🏽 👩‍👩‍👧 🇩🇪!",
            &[
                "🎉",
                "👍",
                "👍🏽",
                "👍🏿",
                "🎉👍",
                "👩‍👩‍👧",
                "🇩🇪",
                "done 🎉",
                "done🎉",
            ],
            &["🎊", "👍🎉", "🇫🇷", "1f389", "01f389"],
        ),
        (
            "party🥳time",
            &["party", "🥳", "time", "🥳time"],
            &["artytime"],
        ),
    ];
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        tx.insert_conversation(&conversation(2))?;
        for (text, ..) in cases {
            say(tx, 1, text)?;
        }
        say(tx, 2, "something else: 鉄道 🚆")?;
        for (text, found, not_found) in cases {
            for search in *found {
                assert_eq!(find(tx, search)?, [*text], "{search}");
            }
            for search in *not_found {
                assert_eq!(find(tx, search)?, [""; 0], "{search}");
            }
        }
        Ok(())
    });
}

#[test]
fn what_a_person_types_is_never_syntax() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        let text = "NEAR and far: a-b \"c\" 100% (OR) words* rowid\0end";
        say(tx, 1, text)?;
        for search in [
            "\"",
            "\"\"",
            "*",
            "-",
            ":",
            "(",
            ")",
            "^",
            "+",
            "{}",
            "'",
            ";",
            "\\",
            "\0",
            "…",
            "„“",
            "\u{301}",
            "\u{e001}1",
            "\u{e001}",
            "\u{e000}",
        ] {
            for within in [None, Some(conversation(1).id)] {
                let found = find_in(tx, search, within)?;
                // The key of a conversation in the index is no word of a text.
                let expected: &[&str] = if search == "\u{e001}1" { &[text] } else { &[] };
                assert_eq!(found, expected, "{search:?}");
            }
        }
        for search in [
            "NEAR(",
            "near",
            "a-b",
            "-far",
            "\"far",
            "far\"",
            "far*",
            "*far",
            "words*",
            "(OR",
            "or)",
            "AND",
            "and far",
            "^near",
            "rowid",
            "rowid:",
            "end",
            "a - b",
            "\"c\" * 100%",
            "{near} far",
            "1",
            "100",
            "a\0b",
        ] {
            assert_eq!(find(tx, search)?, [text], "{search:?}");
        }
        for search in [
            "NOT far",
            "far NOT words",
            "NEAR(far",
            "NEAR(far words)",
            "near OR nothing",
            "texts:far",
            "words:far",
            "far near:2",
            "a'; DROP TABLE messages; --",
        ] {
            assert_eq!(find(tx, search)?, [""; 0], "{search:?}");
        }
        let endless = "far ".repeat(100_000);
        assert_eq!(find(tx, &endless)?, [text]);
        let endless = "f".repeat(1_000_000);
        assert_eq!(find(tx, &endless)?, [""; 0]);
        Ok(())
    });
}

#[test]
fn no_character_alone_finds_a_text_without_it() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        say(tx, 1, "zebra \u{e9}t\u{e9} 東 🎉 हिन्दी")?;
        for c in (0..0x3000)
            .chain(0x1f300..0x1f700)
            .filter_map(char::from_u32)
        {
            let search = c.to_string();
            let found = !find_in(tx, &search, Some(conversation(1).id))?.is_empty();
            let is_in = "zZeéEtT東🎉".contains(c) || "हल".contains(c);
            assert!(
                !found || is_in || "zet".contains(&fold(c)),
                "{c:?} {:x}",
                u32::from(c)
            );
        }
        Ok(())
    });
}

/// The Latin letter under a character's accents, as the tokenizer has it.
fn fold(c: char) -> String {
    let c = c.to_lowercase().next().unwrap();
    match c {
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ȅ' | 'ȇ' | 'ȩ' | 'ḕ'..='ḝ' | 'ẹ'..='ệ' => {
            "e"
        }
        'ţ' | 'ť' | 'ț' | 'ṫ'..='ṱ' | 'ẗ' => "t",
        'ź' | 'ż' | 'ž' | 'ẑ'..='ẕ' => "z",
        _ => "-",
    }
    .to_owned()
}
