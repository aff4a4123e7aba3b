//! What contacts are told of what the user does: the switches for receipts and typing.

use rand_core::CryptoRng;

use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::receipts;
use super::step::{Changed, touch};
use super::view::PrivacySettings;
use crate::store::Tx;

/// One byte with a bit for each switch that is off, so that what is new is on until it is switched off.
const SWITCHED_OFF: &str = "switched off";
const DELIVERY_RECEIPTS: u8 = 1;
const READ_RECEIPTS: u8 = 2;
const TYPING: u8 = 4;

impl Engine {
    /// What contacts are told of what the user does.
    ///
    /// # Errors
    /// A store error.
    pub fn privacy_settings(&self) -> Result<PrivacySettings, ClientError> {
        self.store.read(load)
    }

    /// Decides what contacts are told from now on. What they were told before, they know.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub fn set_privacy_settings(
        &mut self,
        settings: PrivacySettings,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let before = self.step(now, rng, |step| {
            let before = load(step.tx)?;
            if settings != before {
                step.tx.save_setting(SWITCHED_OFF, &[encode(settings)])?;
                if before.delivery_receipts && !settings.delivery_receipts {
                    receipts::draw_next_round(step)?;
                }
                if before.read_receipts != settings.read_receipts {
                    // What is shown of each message of ours may be another thing now.
                    for row in step.tx.list_conversations()? {
                        touch(step.tx, Changed::Conversation(row.id))?;
                    }
                }
                touch(step.tx, Changed::Account)?;
            }
            Ok(before)
        })?;
        if settings.delivery_receipts && !before.delivery_receipts {
            self.note_receipts_owed(now, rng);
        }
        if !settings.typing {
            self.end_typing()?;
        }
        self.settle(now, rng);
        Ok(())
    }
}

fn encode(settings: PrivacySettings) -> u8 {
    let mut off = 0;
    for (is_on, bit) in [
        (settings.delivery_receipts, DELIVERY_RECEIPTS),
        (settings.read_receipts, READ_RECEIPTS),
        (settings.typing, TYPING),
    ] {
        if !is_on {
            off |= bit;
        }
    }
    off
}

/// The switches as they stand.
pub(crate) fn load(tx: &Tx<'_>) -> Result<PrivacySettings, ClientError> {
    let off = tx
        .load_setting(SWITCHED_OFF)?
        .and_then(|bytes| bytes.first().copied())
        .unwrap_or(0);
    Ok(PrivacySettings {
        delivery_receipts: off & DELIVERY_RECEIPTS == 0,
        read_receipts: off & READ_RECEIPTS == 0,
        typing: off & TYPING == 0,
    })
}
