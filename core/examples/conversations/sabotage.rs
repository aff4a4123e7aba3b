//! Faults planted in the simulator's own parts, to show that each kind is found. None is in the product.

/// A fault of what surrounds the protocol here: a device's store, its randomness, its choice of session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The store keeps the key of a message that has opened.
    KeepUsedKeys,
    /// The store loses the keys of messages that were passed over.
    LoseSkippedKeys,
    /// The store keeps the keys of chains that the session has forgotten.
    KeepForgottenChains,
    /// The store keeps skipped keys for ever.
    KeepExpiredKeys,
    /// A skipped key is deleted before its message has opened.
    DeleteBeforeOpening,
    /// One-time prekeys stay after their use.
    KeepOneTimePrekeys,
    /// Handshakes that were accepted are not remembered.
    ForgetAcceptedHandshakes,
    /// A restart comes up one step behind.
    RestartBehind,
    /// A message that came again is shown again.
    ShowRepeated,
    /// The highest transcript hash sends, not the lowest.
    HighestSends,
    /// The next message goes out under the counter of the one before.
    RepeatCounter,
    /// Header nonces repeat.
    RepeatNonces,
    /// Each turn of the ratchet draws the same keys.
    RepeatRatchetKeys,
}

impl Sabotage {
    pub const ALL: [Self; 13] = [
        Self::KeepUsedKeys,
        Self::LoseSkippedKeys,
        Self::KeepForgottenChains,
        Self::KeepExpiredKeys,
        Self::DeleteBeforeOpening,
        Self::KeepOneTimePrekeys,
        Self::ForgetAcceptedHandshakes,
        Self::RestartBehind,
        Self::ShowRepeated,
        Self::HighestSends,
        Self::RepeatCounter,
        Self::RepeatNonces,
        Self::RepeatRatchetKeys,
    ];
}
