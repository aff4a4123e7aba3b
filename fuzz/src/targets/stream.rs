//! A held stream: its frames, however its bytes are cut on the way. PROTOCOL.md §5.3.

use tacita_wire::limits::MAX_FRAME_BYTES;
use tacita_wire::{Encode, Frame, StoredEnvelope, WireError};

use crate::canonical;
use crate::program::Program;

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    let cut = usize::from(program.short()).max(1);
    let stream = program.rest();
    let (frames, whole) = split(stream, stream.len().max(1));
    let (again, in_pieces) = split(stream, cut);
    assert!(
        frames == again,
        "what a stream says depends on how it is cut"
    );
    assert_eq!(whole, in_pieces);
    let mut written = Vec::new();
    for frame in &frames {
        assert!(canonical::decode::<Frame>(&frame.to_bytes()).as_ref() == Some(frame));
        written.extend(frame.to_stream_bytes());
    }
    assert!(stream.starts_with(&written), "read from a second form");
    !frames.is_empty()
}

/// All frames of a stream that arrives in pieces of this size, and how it ended.
fn split(stream: &[u8], piece: usize) -> (Vec<Frame>, Option<WireError>) {
    let mut buffer = Vec::new();
    let mut frames = Vec::new();
    for piece in stream.chunks(piece) {
        buffer.extend_from_slice(piece);
        loop {
            match Frame::split_from(&mut buffer) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
        assert!(
            buffer.len() <= MAX_FRAME_BYTES + 4,
            "waits for no whole frame"
        );
    }
    (frames, None)
}

pub fn seeds() -> Vec<Vec<u8>> {
    let frames = [
        Frame::Envelope {
            index: 1,
            stored: StoredEnvelope {
                sequence: 4,
                hour: 490_000,
                envelope: vec![1; 4096],
            },
        },
        Frame::Gone { index: 2 },
        Frame::CaughtUp { hour: 490_000 },
        Frame::Beat,
    ];
    let all: Vec<u8> = frames.iter().flat_map(Frame::to_stream_bytes).collect();
    let small: Vec<u8> = frames[1..]
        .iter()
        .flat_map(Frame::to_stream_bytes)
        .collect();
    let cut = |cut: u16, stream: &[u8]| [&cut.to_be_bytes()[..], stream].concat();
    vec![
        cut(1000, &all),
        cut(1, &small),
        cut(3, &small[..small.len() - 1]),
    ]
}
