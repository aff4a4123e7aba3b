//! The held stream: the same data as `Read`, sent as it comes. PROTOCOL.md §5.3.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tacita_wire::{Frame, MailboxId, Refusal, Watch};
use tokio::sync::{mpsc, watch};

use crate::service::Service;
use crate::store::MailboxStore;

/// Chunks that wait for a slow reader; behind them the stream waits too.
const BUFFERED_CHUNKS: usize = 4;
/// Envelopes read from the store at a time.
const PAGE_ENVELOPES: u16 = 64;
/// Bytes read from the store at a time.
const PAGE_BYTES: usize = 256 * 1024;
/// A reader that takes nothing for so long has gone.
const STALLED: Duration = Duration::from_secs(60);

/// Starts a stream; it ends when its reader goes, when the relay stops, or on a fault of the store.
pub fn start<S: MailboxStore>(
    service: Arc<Service<S>>,
    request: &Watch,
    beat: Duration,
    stopping: watch::Receiver<bool>,
) -> mpsc::Receiver<Bytes> {
    let (chunks, receiver) = mpsc::channel(BUFFERED_CHUNKS);
    let cursors = request
        .subscriptions
        .iter()
        .map(|subscription| Cursor {
            mailbox: subscription.read.derive_mailbox_id(),
            after: subscription.after,
            gone: false,
        })
        .collect();
    let stream = Stream {
        service,
        cursors,
        chunks,
    };
    tokio::spawn(stream.run(beat, stopping));
    receiver
}

struct Cursor {
    mailbox: MailboxId,
    after: u64,
    gone: bool,
}

struct Stream<S> {
    service: Arc<Service<S>>,
    cursors: Vec<Cursor>,
    chunks: mpsc::Sender<Bytes>,
}

/// The stream is over.
struct Ended;

impl<S: MailboxStore> Stream<S> {
    async fn run(mut self, beat: Duration, mut stopping: watch::Receiver<bool>) {
        let chunks = self.chunks.clone();
        tokio::select! {
            _ = self.follow(beat) => {}
            () = chunks.closed() => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    }

    async fn follow(&mut self, beat: Duration) -> Result<(), Ended> {
        // Entered before the first look, so that nothing can come unseen in between.
        let mailboxes = self.cursors.iter().map(|cursor| cursor.mailbox).collect();
        let watching = self.service.hub.watch(mailboxes);
        for index in (0_u16..).take(self.cursors.len()) {
            self.send_news(index).await?;
        }
        let hour = self.service.store.hour().await.map_err(|_| Ended)?;
        self.send(Frame::CaughtUp { hour }.to_stream_bytes())
            .await?;
        loop {
            match tokio::time::timeout(beat, watching.changed()).await {
                Ok(indices) => {
                    for index in indices {
                        self.send_news(index).await?;
                    }
                }
                Err(_) => self.send(Frame::Beat.to_stream_bytes()).await?,
            }
        }
    }

    /// Sends what a mailbox has behind its cursor.
    async fn send_news(&mut self, index: u16) -> Result<(), Ended> {
        loop {
            let Some(cursor) = self.cursors.get_mut(usize::from(index)) else {
                return Ok(());
            };
            let page = self
                .service
                .store
                .read(cursor.mailbox, cursor.after, PAGE_ENVELOPES, PAGE_BYTES)
                .await;
            let mut chunk = Vec::new();
            match page {
                Ok(page) => {
                    cursor.gone = false;
                    let Some(last) = page.entries.last() else {
                        if cursor.after > page.head {
                            // Its owner knows numbers that this mailbox has not given out, and has to begin anew.
                            cursor.after = 0;
                            return self.send(Frame::Gone { index }.to_stream_bytes()).await;
                        }
                        return Ok(());
                    };
                    cursor.after = last.sequence;
                    for stored in page.entries {
                        chunk.extend(Frame::Envelope { index, stored }.to_stream_bytes());
                    }
                    self.send(chunk).await?;
                }
                Err(Refusal::NotFound) if cursor.gone => return Ok(()),
                Err(Refusal::NotFound) => {
                    cursor.gone = true;
                    cursor.after = 0;
                    return self.send(Frame::Gone { index }.to_stream_bytes()).await;
                }
                Err(_) => return Err(Ended),
            }
        }
    }

    async fn send(&self, chunk: Vec<u8>) -> Result<(), Ended> {
        self.chunks
            .send_timeout(Bytes::from(chunk), STALLED)
            .await
            .map_err(|_| Ended)
    }
}
