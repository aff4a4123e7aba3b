//! A device's prekeys, and the three ways by which another one comes to them.

use std::collections::BTreeMap;
use std::rc::Rc;

use tacita_core::protocol::prekey::generate_prekey;
use tacita_core::protocol::{
    Bundle, BundleKeys, Descriptor, DeviceKeys, HandshakeTarget, Hour, InvitationLink, PrekeyKind,
    PrekeyPair, ProtocolError, ReconnectRecord, VerifiedDeviceLog,
};
use tacita_wire::{Decode, Encode, MailboxId, RelayAddress, RelayRootHash, WriteKey};

use super::dice::DeviceRng;

/// How long private halves are kept. PROTOCOL.md §10.
pub const KEPT_DAYS: u32 = 62;
/// After how long shared prekeys are renewed.
const RENEWED_DAYS: u32 = 7;

/// How a device comes to another one's prekeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A one-time entry of an invitation: personal, or public while its pile lasts.
    OneTime,
    /// The last resort of an invitation.
    LastResort,
    /// The reconnect record that a contact has sent.
    Reconnect,
}

/// Which prekeys a handshake uses.
#[derive(Clone, Copy, Debug)]
pub struct UsedPrekeys {
    pub spk: u32,
    pub opk: Option<u32>,
    pub kem: u32,
    pub contact: u32,
}

/// Ids of the prekeys that stand in every bundle.
#[derive(Clone, Copy)]
struct Shared {
    spk: u32,
    last_resort: u32,
    contact: u32,
}

/// All private halves that a device has.
#[derive(Clone)]
pub struct Prekeys {
    pairs: BTreeMap<u32, (Hour, Rc<PrekeyPair>)>,
    shared: Shared,
    next_id: u32,
}

pub fn descriptor(mailbox: MailboxId) -> Result<Descriptor, ProtocolError> {
    Ok(Descriptor {
        address: RelayAddress::new("relay.example:443")?,
        root: RelayRootHash([1; 32]),
        mailbox,
        write: WriteKey::from_bytes([2; 32]),
    })
}

impl Prekeys {
    pub fn generate(
        keys: &DeviceKeys,
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Result<Self, ProtocolError> {
        let mut prekeys = Self {
            pairs: BTreeMap::new(),
            shared: Shared {
                spk: 0,
                last_resort: 0,
                contact: 0,
            },
            next_id: 1,
        };
        prekeys.renew(keys, now, rng)?;
        Ok(prekeys)
    }

    /// New shared prekeys once a week; those whose time is over go.
    pub fn renew(
        &mut self,
        keys: &DeviceKeys,
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Result<(), ProtocolError> {
        self.pairs
            .retain(|_, (made, _)| now <= made.plus_days(KEPT_DAYS));
        let made = self.pairs.get(&self.shared.spk).map(|(made, _)| *made);
        if made.is_some_and(|made| now < made.plus_days(RENEWED_DAYS)) {
            return Ok(());
        }
        self.shared = Shared {
            spk: self.make(PrekeyKind::Signed, keys, now, rng)?,
            last_resort: self.make(PrekeyKind::LastResort, keys, now, rng)?,
            contact: self.make(PrekeyKind::Contact, keys, now, rng)?,
        };
        Ok(())
    }

    fn make(
        &mut self,
        kind: PrekeyKind,
        keys: &DeviceKeys,
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Result<u32, ProtocolError> {
        let id = self.next_id;
        self.next_id += 1;
        let (signed, secret) = generate_prekey(kind, id, now, keys, rng);
        let pair = Rc::new(PrekeyPair::new(signed, secret)?);
        self.pairs.insert(id, (now, pair));
        Ok(id)
    }

    pub fn get(&self, id: u32) -> Option<&Rc<PrekeyPair>> {
        self.pairs.get(&id).map(|(_, pair)| pair)
    }

    pub fn remove(&mut self, id: u32) {
        self.pairs.remove(&id);
    }

    /// Ids, with the hour that each was made in.
    pub fn ids(&self) -> impl Iterator<Item = (u32, Hour)> {
        self.pairs.iter().map(|(id, (made, _))| (*id, *made))
    }

    pub fn contact_pairs(&self) -> impl Iterator<Item = &Rc<PrekeyPair>> {
        let pairs = self.pairs.values().map(|(_, pair)| pair);
        pairs.filter(|pair| pair.signed.kind() == PrekeyKind::Contact)
    }

    /// Ids are not given twice, also not by a store that was put back.
    pub fn go_on_after(&mut self, other: &Self) {
        self.next_id = self.next_id.max(other.next_id);
    }

    /// As a restart would read them.
    pub fn restarted(&self) -> Result<Self, ProtocolError> {
        let mut again = self.clone();
        for (_, pair) in again.pairs.values_mut() {
            *pair = Rc::new(PrekeyPair::from_bytes(&pair.to_secret_bytes())?);
        }
        Ok(again)
    }

    /// What the other side gets of them, sealed, sent, opened and verified.
    pub fn offer(
        &mut self,
        opening: Opening,
        keys: &DeviceKeys,
        log: &VerifiedDeviceLog,
        mailbox: MailboxId,
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Result<(HandshakeTarget, UsedPrekeys), ProtocolError> {
        let mut used = UsedPrekeys {
            spk: self.shared.spk,
            opk: None,
            kem: self.shared.last_resort,
            contact: self.shared.contact,
        };
        if opening == Opening::OneTime {
            used.opk = Some(self.make(PrekeyKind::OneTime, keys, now, rng)?);
            used.kem = self.make(PrekeyKind::OneTimeKem, keys, now, rng)?;
        }
        let signed = |id: u32| match self.get(id) {
            Some(pair) => Ok(pair.signed.clone()),
            None => Err(ProtocolError::WrongPrekey),
        };
        let parts = BundleKeys {
            signed: signed(used.spk)?,
            one_time: used.opk.map(signed).transpose()?,
            kem: signed(used.kem)?,
            contact: signed(used.contact)?,
        };
        let account = keys.address.account;
        let to = descriptor(mailbox)?;
        if opening == Opening::Reconnect {
            let record = ReconnectRecord::build(keys, log, parts.signed, parts.kem, parts.contact)?;
            let sent = ReconnectRecord::from_bytes(&record.to_bytes())?;
            let target = HandshakeTarget::from_reconnect(sent.verify(account, now)?, to)?;
            return Ok((target, used));
        }
        let link = InvitationLink::generate(to.address.clone(), to.root, account, rng);
        let bundle = Bundle::build(keys, log, parts, to)?;
        let entry = bundle.seal(&link.seal_key(), link.pile_id(), rng)?;
        let read = InvitationLink::parse(&link.to_text())?;
        let opened = Bundle::open(&entry, &read.seal_key(), read.pile_id())?;
        let verified = opened.verify(read.account, now)?;
        Ok((HandshakeTarget::from_bundle(verified)?, used))
    }
}
