//! The held stream: the same data as a poll, and nothing depends on it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::time::Duration;

use support::{Client, InProcess, Keys, envelope};
use tacita_wire::{Frame, MailboxKind, Request, Response, StoredEnvelope, Subscription, Watch};

fn watch(subscriptions: &[(&Keys, u64)]) -> Watch {
    Watch {
        subscriptions: subscriptions
            .iter()
            .map(|(keys, after)| Subscription {
                read: keys.read.clone(),
                after: *after,
            })
            .collect(),
    }
}

async fn poll(client: &Client, keys: &Keys, after: u64) -> Vec<StoredEnvelope> {
    match client.send(&keys.read(after)).await {
        Response::Entries { entries, .. } => entries,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stream_gives_what_a_poll_gives_the_backlog_and_then_the_live() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let (first, second, missing) = (Keys::of(1), Keys::of(2), Keys::of(3));
    for keys in [&first, &second] {
        client
            .send(&keys.create(relay.link.ticket(), MailboxKind::Pair))
            .await;
    }
    for start in (0..160).step_by(16) {
        let batch = (start..start + 16).map(envelope).collect();
        client.send(&first.put(batch)).await;
    }
    client
        .send(&second.put(vec![envelope(900), envelope(901)]))
        .await;

    let mut frames = client
        .watch(&watch(&[(&first, 7), (&missing, 0), (&second, 0)]))
        .await;
    let mut streamed = [Vec::new(), Vec::new(), Vec::new()];
    let mut gone = Vec::new();
    loop {
        match frames.next_news().await.unwrap() {
            Frame::Envelope { index, stored } => streamed[usize::from(index)].push(stored),
            Frame::Gone { index } => gone.push(index),
            Frame::CaughtUp { hour } => {
                assert!(hour > 400_000);
                break;
            }
            Frame::Beat => panic!("passed over"),
        }
    }
    assert_eq!(gone, vec![1]);
    assert_eq!(streamed[0].len(), 153);
    assert_eq!(streamed[0], poll(&client, &first, 7).await);
    assert_eq!(streamed[2], poll(&client, &second, 0).await);

    client.send(&second.put(vec![envelope(902)])).await;
    client.send(&first.put(vec![envelope(160)])).await;
    let mut live = [
        frames.next_news().await.unwrap(),
        frames.next_news().await.unwrap(),
    ];
    live.sort_by_key(|frame| match frame {
        Frame::Envelope { index, .. } => *index,
        _ => u16::MAX,
    });
    let expected_first = poll(&client, &first, 160).await.remove(0);
    let expected_second = poll(&client, &second, 2).await.remove(0);
    assert_eq!(
        live[0],
        Frame::Envelope {
            index: 0,
            stored: expected_first
        }
    );
    assert_eq!(
        live[1],
        Frame::Envelope {
            index: 2,
            stored: expected_second
        }
    );
    relay.stop().await;
}

#[tokio::test]
async fn a_silent_stream_beats_and_a_deleted_mailbox_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start_with(directory.path(), |config| {
        config.beat = Duration::from_millis(50);
    });
    let client = relay.client();
    let keys = Keys::of(4);
    client
        .send(&keys.create(relay.link.ticket(), MailboxKind::Pair))
        .await;
    let mut frames = client.watch(&watch(&[(&keys, 0)])).await;
    assert!(matches!(frames.next().await, Some(Frame::CaughtUp { .. })));
    assert_eq!(frames.next().await, Some(Frame::Beat));
    assert_eq!(frames.next().await, Some(Frame::Beat));
    client
        .send(&Request::DeleteMailbox {
            read: keys.read.clone(),
        })
        .await;
    assert_eq!(frames.next_news().await, Some(Frame::Gone { index: 0 }));
    assert_eq!(frames.next().await, Some(Frame::Beat));
    relay.stop().await;
}

#[tokio::test]
async fn a_cursor_beyond_what_was_given_out_is_told_that_its_mailbox_is_gone_and_may_begin_anew() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let keys = Keys::of(5);
    let create = keys.create(relay.link.ticket(), MailboxKind::Pair);
    client.send(&create).await;
    client.send(&keys.put(vec![envelope(1), envelope(2)])).await;
    for after in [3, u64::MAX] {
        let mut frames = client.watch(&watch(&[(&keys, after)])).await;
        assert_eq!(frames.next_news().await, Some(Frame::Gone { index: 0 }));
        assert!(matches!(frames.next().await, Some(Frame::CaughtUp { .. })));
    }
    // At the head there is nothing to say.
    let mut frames = client.watch(&watch(&[(&keys, 2)])).await;
    assert!(matches!(frames.next().await, Some(Frame::CaughtUp { .. })));
    // Making it again keeps what is in it.
    assert_eq!(client.send(&create).await, Response::Done);
    assert_eq!(poll(&client, &keys, 0).await.len(), 2);
    relay.stop().await;
}

#[tokio::test]
async fn many_streams_and_many_requests_share_a_connection() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let keys: Vec<Keys> = (10..30).map(Keys::of).collect();
    let mut streams = Vec::new();
    for keys in &keys {
        client
            .send(&keys.create(relay.link.ticket(), MailboxKind::Pair))
            .await;
        let mut frames = client.watch(&watch(&[(keys, 0)])).await;
        assert!(matches!(frames.next().await, Some(Frame::CaughtUp { .. })));
        streams.push(frames);
    }
    for keys in &keys {
        client.send(&keys.put(vec![envelope(1)])).await;
    }
    for frames in &mut streams {
        let news = frames.next_news().await;
        assert!(matches!(news, Some(Frame::Envelope { index: 0, .. })));
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_relay_that_stops_ends_its_streams_and_comes_back_with_everything() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let keys = Keys::of(5);
    client
        .send(&keys.create(relay.link.ticket(), MailboxKind::Pair))
        .await;
    let mut frames = client.watch(&watch(&[(&keys, 0)])).await;
    assert!(matches!(frames.next().await, Some(Frame::CaughtUp { .. })));
    client.send(&keys.put(vec![envelope(1)])).await;
    assert!(matches!(frames.next().await, Some(Frame::Envelope { .. })));
    let (root, code) = (relay.link.root, relay.link.join_code.clone());
    let stopping = tokio::spawn(relay.stop());
    assert_eq!(frames.next_news().await, None);
    tokio::time::timeout(Duration::from_secs(4), stopping)
        .await
        .expect("a stop that does not wait for its timeout")
        .unwrap();
    let relay = InProcess::start(directory.path());
    assert_eq!(relay.link.root, root);
    assert_eq!(relay.link.join_code, code);
    assert_eq!(poll(&relay.client(), &keys, 0).await.len(), 1);
    relay.stop().await;
}
