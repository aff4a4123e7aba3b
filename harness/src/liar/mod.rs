//! A relay that lies: it speaks the protocol, holds the right key, and does what no good relay would.

mod identity;
mod serve;
mod store;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use axum_server::Handle;
use tacita_wire::{RelayAddress, RelayLink, RelayRootHash};

use crate::driver::lock;
use store::Store;

/// What it does to answers and connections. One at a time, changeable while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lie {
    /// Nothing: a good relay.
    #[default]
    None,
    /// Answers with random bytes.
    Nonsense,
    /// Answers with a good response of another kind than asked for.
    WrongKind,
    /// Answers with an HTTP redirect to another place on this machine.
    Redirect,
    /// Breaks every answer off in its middle.
    StopMidFrame,
    /// Promises more than 16 MiB and begins to send them.
    Oversized,
    /// Says that it has no room, to everything that would need some.
    Full,
}

/// What it does to envelopes on their way through a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trick {
    /// Nothing: in order, each once.
    #[default]
    None,
    /// Stores everything twice, under two numbers.
    Duplicate,
    /// With each envelope it puts in once more one that was read and acknowledged long ago.
    Replay,
    /// Keeps envelopes back until it has five, and hands them on in another order.
    Reorder,
    /// Says `Done` and keeps every second envelope back until told otherwise.
    Withhold,
    /// Flips a bit in a copy of each envelope that it puts before the good one.
    Forge,
}

/// A running liar.
#[derive(Debug)]
pub struct Liar {
    state: Arc<State>,
    address: SocketAddr,
    root: RelayRootHash,
    handle: Handle<SocketAddr>,
}

/// What its handlers share.
#[derive(Debug, Default)]
struct State {
    lie: Mutex<Lie>,
    store: Mutex<Store>,
    visits: Mutex<u64>,
}

impl Liar {
    /// Starts it on a free port, with a root key of its own. Needs a tokio runtime.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start() -> Result<Self> {
        let identity = identity::Identity::generate()?;
        let state = Arc::new(State::default());
        let handle = Handle::new();
        let port = crate::relay::free_port()?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let server = serve::serve(address, &identity, Arc::clone(&state), handle.clone())?;
        tokio::spawn(server);
        handle
            .listening()
            .await
            .context("the liar does not listen")?;
        Ok(Self {
            state,
            address,
            root: identity.root_hash(),
            handle,
        })
    }

    /// Its link, as a good relay would print it.
    ///
    /// # Errors
    /// When its address is not of the form that links take.
    pub fn link(&self) -> Result<String> {
        self.link_with_root(self.root)
    }

    /// Its link with another root hash: what answers there does not hold that key.
    ///
    /// # Errors
    /// When its address is not of the form that links take.
    pub fn link_with_root(&self, root: RelayRootHash) -> Result<String> {
        let address = RelayAddress::new(&self.address.to_string())?;
        let link = RelayLink {
            address,
            root,
            join_code: None,
        };
        Ok(link.to_string())
    }

    /// Lies like this from now on.
    pub fn lie(&self, lie: Lie) {
        *lock(&self.state.lie) = lie;
    }

    /// Plays this trick on envelopes from now on; what was kept back is let go at any change.
    pub fn trick(&self, trick: Trick) {
        lock(&self.state.store).set_trick(trick);
    }

    /// How many envelopes the trick has touched.
    #[must_use]
    pub fn tricked(&self) -> u64 {
        lock(&self.state.store).tricked()
    }

    /// How many requests came to the place that redirects lead to. Must stay 0.
    #[must_use]
    pub fn redirected_visits(&self) -> u64 {
        *lock(&self.state.visits)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

#[cfg(test)]
mod tests;
