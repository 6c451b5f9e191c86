//! The lines of an export.

use crate::backup::{EventLine, Line, Parser, Told, ToldEvent, put_event, read_line, seal};

use super::input::Input;

/// The longest piece in which a file comes.
const PIECE: usize = 64;

/// An input is whether its lines get right checks, in what pieces it comes, and a file. What is read is written again to the same meaning, and with
/// one bit another it is not read.
pub(super) fn read(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let (is_checked, piece) = (input.byte() % 2 == 1, usize::from(input.byte()) % PIECE + 1);
    let file = if is_checked { checked(input.rest()) } else { input.rest().to_vec() };
    let (mut parser, mut lines, mut position) = (Parser::default(), 0, 0);
    let mut pieces = file.chunks(piece);
    let mut source = String::new();
    loop {
        match parser.next() {
            Ok(Some(Told::Header(header))) => source = format!("urn:uuid:{}", header.store_id),
            Ok(Some(Told::Event(line, number))) => {
                assert!(line.position > position && number > 1, "in order");
                position = line.position;
                write_again(&line, &source, number);
                lines += 1;
            }
            Ok(None) => match pieces.next() {
                Some(piece) => parser.push(piece),
                None => break,
            },
            Err(flaw) => {
                assert!(flaw.line as usize <= file.iter().filter(|byte| **byte == b'\n').count() + 1);
                return lines > 0;
            }
        }
    }
    parser.end();
    while let Ok(Some(_)) = parser.next() {}
    lines > 0
}

/// Each line with the check of its bytes.
fn checked(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        let start = out.len();
        match line.strip_suffix(b"}\n") {
            Some(line) => {
                out.extend_from_slice(line);
                seal(&mut out, start);
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

fn write_again(line: &EventLine, source: &str, number: u64) {
    let mut bytes = Vec::new();
    let event = &line.event;
    let told = ToldEvent {
        id: line.id,
        r#type: &event.r#type,
        stream_id: line.stream_id.as_str(),
        recorded_at: line.recorded_at,
        version: event.version,
        position: line.position,
        revision: line.revision,
        tags: event.tags.iter().map(String::as_str),
        metadata: event.metadata.as_str(),
        data: event.data.as_str(),
    };
    put_event(&mut bytes, source, told);
    assert_eq!(bytes.pop(), Some(b'\n'));
    assert!(!bytes.contains(&b'\n'), "a line is one line");
    match read_line(&bytes, Some(source)) {
        Ok((Line::Event(again), Some(_))) => assert_eq!(&*again, line),
        other => panic!("expected the event, found {other:?}"),
    }
    let bit = number as usize * 7919 % (8 * bytes.len());
    bytes[bit / 8] ^= 1 << (bit % 8);
    assert!(read_line(&bytes, Some(source)).is_err(), "bit {bit} is another");
}
