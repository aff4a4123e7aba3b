//! Every way in which the protocol layer refuses.

use tacita_wire::WireError;
use thiserror::Error;

use crate::crypto::CryptoError;

/// Why something was refused. Nothing has changed by the refusal.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProtocolError {
    /// The bytes are not of the expected form. Drop them; for a link, ask for it again.
    #[error("the bytes are malformed: {0}")]
    Malformed(#[from] WireError),
    /// It does not open, for whatever reason; the reasons are not told apart, so that nobody can ask.
    /// Show a message that cannot be read; for a vault, ask for the recovery secret again.
    #[error("cannot be decrypted")]
    CannotDecrypt,
    /// A signature does not hold. Drop what it was under.
    #[error("a signature does not hold")]
    BadSignature,
    /// A key that would give a secret known to everybody. Drop what came with it.
    #[error("a key is weak")]
    WeakKey,
    /// It belongs to another account than the one expected. Drop it, and ask for a new invitation.
    #[error("it belongs to another account")]
    WrongAccount,
    /// The device log breaks a rule of PROTOCOL.md §8.2. Drop it and what came with it.
    #[error("the device log is invalid")]
    InvalidDeviceLog,
    /// The device log contradicts the known one. Keep the known one and warn the user.
    #[error("the device log contradicts the known one")]
    ForkedDeviceLog,
    /// The device log is an earlier state of the known one. Keep the known one.
    #[error("the device log is older than the known one")]
    OutdatedDeviceLog,
    /// The device is not, or no longer, one of its account. Drop what came from it.
    #[error("the device is not one of its account")]
    UnknownDevice,
    /// A prekey of another kind or id than is due here. Drop what it came with.
    #[error("the prekey is not the one due here")]
    WrongPrekey,
    /// A prekey is from the future: our clock or the peer's is wrong. Ask the user to set the clock.
    #[error("a date lies in the future: check your clock")]
    CheckYourClock,
    /// A prekey is past its time. Ask for a new invitation, or wait for the contact to come online.
    #[error("a date has passed")]
    Expired,
    /// It is our own account's. Tell the user that the invitation is for somebody else.
    #[error("this is your own invitation")]
    OwnInvitation,
    /// The text is no recovery secret. Ask the user to compare it with what was written down.
    #[error("the recovery secret is mistyped")]
    MistypedRecoverySecret,
    /// The scanned safety number is another one. Warn the user; do not mark as verified.
    #[error("the safety numbers differ")]
    SafetyNumberMismatch,
    /// A responder cannot send before it has opened the initiator's first message. Open that first.
    #[error("nothing was received in this session yet")]
    NothingReceived,
    /// More than fits. Send less.
    #[error("more than fits")]
    TooLarge,
}

impl From<CryptoError> for ProtocolError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::BadKey | CryptoError::NotContributory => Self::WeakKey,
            CryptoError::BadSignature => Self::BadSignature,
            CryptoError::CannotOpen | CryptoError::BadPadding => Self::CannotDecrypt,
            CryptoError::TooLong => Self::TooLarge,
        }
    }
}
