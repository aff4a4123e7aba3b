//! Making an account: device keys, certificate, log, vault, first prekeys. PROTOCOL.md §8, §9.

use tacita_wire::{Encode, RelayLink};

use super::error::ClientError;
use super::invite::make_prekey;
use super::step::{Changed, Identity, Step, touch};
use super::view::{AccountView, CreatedAccount};
use crate::protocol::account::{NewAccount, generate_account};
use crate::protocol::ids::Hour;
use crate::protocol::prekey::PrekeyKind;
use crate::protocol::profile::{MAX_NAME_BYTES, has_control_characters};
use crate::store::{AccountRow, Tx};
use rand_core::CryptoRng;

use super::input::Now;

/// Reads a relay's link.
pub(crate) fn parse_relay_link(text: &str) -> Result<RelayLink, ClientError> {
    RelayLink::parse(text).map_err(super::accept::link_error)
}

/// Checks a name: the user's own, or one for a contact.
pub(crate) fn check_name(name: &str) -> Result<(), ClientError> {
    if name.trim().is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(ClientError::NameLength {
            limit: u32::try_from(MAX_NAME_BYTES).unwrap_or(u32::MAX),
        });
    }
    if has_control_characters(name) {
        return Err(ClientError::NameCharacters);
    }
    Ok(())
}

/// Whether our clock agrees with the relay's hour.
pub(crate) fn check_clock(now: Now, relay_hour: u32) -> Result<(), ClientError> {
    if now.hour().0.abs_diff(relay_hour) > Hour::CLOCK_TOLERANCE {
        return Err(ClientError::CheckYourClock);
    }
    Ok(())
}

/// Makes and stores the account; the account key is erased before this returns.
pub(crate) fn create(
    tx: &Tx<'_>,
    relay: RelayLink,
    name: &str,
    relay_hour: u32,
    now: Now,
    rng: &mut dyn CryptoRng,
) -> Result<(Identity, CreatedAccount), ClientError> {
    if tx.load_account()?.is_some() {
        return Err(ClientError::AccountExists);
    }
    let NewAccount {
        log,
        vault,
        recovery,
        device,
        ..
    } = generate_account(now.hour(), rng);
    let row = AccountRow {
        keys: device,
        log: log.to_bytes(),
        vault: vault.to_bytes(),
        name: name.to_owned(),
        relay,
        created: now.hour(),
        relay_hour: Hour(relay_hour),
    };
    tx.save_account(&row)?;
    let me = Identity::from_row(row)?;
    let mut step = Step {
        tx,
        me: &me,
        now,
        rng,
        has_read: false,
    };
    for kind in [
        PrekeyKind::Signed,
        PrekeyKind::LastResort,
        PrekeyKind::Contact,
    ] {
        make_prekey(&mut step, kind, None)?;
    }
    touch(tx, Changed::Account)?;
    let created = CreatedAccount {
        account: view_of(&me),
        recovery_secret: recovery.to_text().to_string(),
    };
    Ok((me, created))
}

/// What the app shows of the account.
pub(crate) fn view_of(me: &Identity) -> AccountView {
    AccountView {
        id: me.keys.address.account,
        device: me.keys.address.device,
        name: me.name.clone(),
        relay: me.relay.address.as_str().to_owned(),
    }
}
