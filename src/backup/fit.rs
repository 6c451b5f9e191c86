//! Whether a JSON text is one that a store takes from JavaScript: what an append there refuses no edited file brings in.

/// The deepest nesting that data may have, as in `www/lib/json.ts`.
const MAX_DEPTH: usize = 1000;

/// Says what is wrong with a text that is JSON: levels too many, a number that JavaScript cannot hold, half of a surrogate pair.
pub(super) fn fault(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_text(bytes, at + 1);
                if has_lone_surrogate(&bytes[at + 1..end]) {
                    return Some(
                        "expected well-formed Unicode, found half of a surrogate pair alone".to_owned(),
                    );
                }
                at = end;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(format!("expected at most {MAX_DEPTH} levels, found more"));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => {
                let is_of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let length = bytes[at..].iter().take_while(|byte| is_of_number(byte)).count();
                let number = &text[at..at + length];
                // By the parser that is here already: the standard library's has tables of its own, 13 KB gzipped of the package.
                if serde_json::from_str::<f64>(number).is_err() {
                    return Some(format!("expected a number that JavaScript can hold, found {number:.40}"));
                }
                at += length - 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the text that begins here ends: at its quotation mark.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

fn has_lone_surrogate(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(escape) = text[at..].iter().position(|byte| *byte == b'\\') {
        at += escape;
        match unit(&text[at..]) {
            Some(0xd800..=0xdbff)
                if matches!(unit(text.get(at + 6..).unwrap_or_default()), Some(0xdc00..=0xdfff)) =>
            {
                at += 12;
            }
            Some(0xd800..=0xdfff) => return true,
            Some(_) => at += 6,
            None => at = (at + 2).min(text.len()),
        }
    }
    false
}

/// The unit that is escaped here, as in `\ud83d`.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_javascript_can_hold_fits() {
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        for text in [
            "null",
            "1e308",
            "-0.0",
            "123456789012345678901234567890",
            r#""\ud83d\ude00 \\ud800 \"""#,
            r#"{"a":["}",{"b":"[["}]}"#,
            &deep,
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }

    #[test]
    fn what_it_cannot_hold_is_named() {
        let deep = format!("{}{}", "[".repeat(1001), "]".repeat(1001));
        for (text, word) in [
            ("1e400", "1e400"),
            ("[-1e999]", "-1e999"),
            (r#""\ud800""#, "surrogate"),
            (r#"{"\udc00":1}"#, "surrogate"),
            (r#""\ud83dx""#, "surrogate"),
            (&*deep, "levels"),
        ] {
            assert!(fault(text).is_some_and(|why| why.contains(word)), "{text:.60}");
        }
    }
}
