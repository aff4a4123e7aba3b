//! Calls for names and pictures.

use super::Messenger;
use crate::client::ClientError;
use crate::client::view::{ConversationId, PictureView, ProfileView};
use crate::net::system::{system_now, system_rng};

impl Messenger {
    /// The user's own name and picture.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub async fn profile(&self) -> Result<ProfileView, ClientError> {
        self.call(|engine| engine.profile()).await
    }

    /// Sets the user's name and picture (a JPEG, PNG or WebP file of at most 16,384 bytes). Contacts are told one by
    /// one, over an hour or more; those who are blocked once they are not, and those to come when they are contacts.
    /// Nobody else is.
    ///
    /// # Errors
    /// [`ClientError::NameLength`], [`ClientError::NameCharacters`], [`ClientError::PictureLength`],
    /// [`ClientError::UnknownPictureFormat`], [`ClientError::NoAccount`], or a store error. Nothing is stored then.
    pub async fn set_profile(
        &self,
        name: String,
        picture: Option<Vec<u8>>,
    ) -> Result<(), ClientError> {
        self.call(move |engine| {
            let rng = &mut system_rng();
            engine.set_profile(&name, picture.as_deref(), system_now(), rng)
        })
        .await
    }

    /// A contact's picture; `None` if it has none. Read it again when the conversation's `picture_revision` is another.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn profile_picture(
        &self,
        id: ConversationId,
    ) -> Result<Option<PictureView>, ClientError> {
        self.call(move |engine| engine.profile_picture(id)).await
    }
}
