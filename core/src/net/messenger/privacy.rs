//! Calls that tell contacts what the user does, and those that decide whether they are told.

use super::Messenger;
use crate::client::ClientError;
use crate::client::view::{ConversationId, PrivacySettings};
use crate::net::system::{system_now, system_rng};

impl Messenger {
    /// Marks everything up to a place as read. The contact is told a little later, unless that is switched off.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn mark_read(&self, id: ConversationId, place: u64) -> Result<(), ClientError> {
        self.call(move |engine| engine.mark_read(id, place, system_now(), &mut system_rng()))
            .await
    }

    /// Says that the user is writing in a conversation, or has stopped. Call it with every change of the text: it
    /// is told every 10 s at most, and runs out by itself 15 s later.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn set_typing(&self, id: ConversationId, writing: bool) -> Result<(), ClientError> {
        self.call(move |engine| engine.set_typing(id, writing, system_now(), &mut system_rng()))
            .await
    }

    /// What contacts are told of what the user does.
    ///
    /// # Errors
    /// A store error.
    pub async fn privacy_settings(&self) -> Result<PrivacySettings, ClientError> {
        self.call(|engine| engine.privacy_settings()).await
    }

    /// Decides what contacts are told from now on. What they were told before, they know.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub async fn set_privacy_settings(&self, settings: PrivacySettings) -> Result<(), ClientError> {
        self.call(move |engine| {
            engine.set_privacy_settings(settings, system_now(), &mut system_rng())
        })
        .await
    }
}
