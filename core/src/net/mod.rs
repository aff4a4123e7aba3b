//! Layer 4, the network: a dumb pump between engine and relays; the only layer with sockets, clock and system randomness.

mod config;
mod disk;
mod export;
mod idle;
mod inbox;
mod lock_cost;
mod messenger;
mod system;
mod tls;
mod transport;
mod worker;

pub use crate::client::effect::RelayLocator;
pub use config::Config;
pub use inbox::{InboxConfig, MAX_CHECK_TIME, NotificationInbox};
#[cfg(feature = "test-vault")]
pub use messenger::text_for_bench;
pub use messenger::{
    ConversationExport, ConversationList, MessageList, Messenger, erase_inbox, erase_store,
};
pub use tls::{NotPinned, verify_relay_chain};
pub use transport::{FrameStream, Transport, TransportError};
