//! A thief with the real bytes: stolen states, all recorded envelopes, and the primitives. It only reads.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tacita_core::crypto::aead::{self, NONCE_BYTES};
use tacita_core::crypto::kdf::{NO_SALT, derive, derive_chain_step};
use tacita_core::crypto::padding::unpad;
use tacita_core::crypto::{DhPublic, DhSecret, KemCiphertext, KemSecret, Purpose, Secret, hash};
use tacita_core::protocol::{
    DeviceKeys, Frame, PrekeyPair, SkippedKeyId, TranscriptHash, VerifiedDeviceLog, open_initial,
    respond,
};
use tacita_vectors::{RATCHET_KEYS_BYTES, StoredSession};
use tacita_wire::{Decode, MailboxId};

use super::device::Device;
use super::model::MessageId;

const HEADER_BYTES: usize = RATCHET_KEYS_BYTES + 8;
const HEAD_BYTES: usize = NONCE_BYTES + HEADER_BYTES + aead::TAG_BYTES;

/// What was taken from a device.
pub struct Loot {
    keys: DeviceKeys,
    log: VerifiedDeviceLog,
    mailbox: MailboxId,
    sessions: Vec<(StoredSession, Vec<(SkippedKeyId, Secret<32>)>)>,
    /// All private halves, or none.
    prekeys: BTreeMap<u32, Rc<PrekeyPair>>,
}

impl Loot {
    pub fn take(device: &Device, with_prekeys: bool) -> Result<Self, String> {
        let mut sessions = Vec::new();
        for held in device.held.values() {
            let state = StoredSession::of(&held.session).map_err(|error| error.to_string())?;
            let keys = held.keys.iter();
            sessions.push((
                state,
                keys.map(|(id, (key, _))| (*id, key.clone())).collect(),
            ));
        }
        let all = device.prekeys.ids().filter_map(|(id, _)| {
            let pair = device.prekeys.get(id)?;
            Some((id, Rc::clone(pair)))
        });
        let keys = device.keys.to_secret_bytes();
        Ok(Self {
            keys: DeviceKeys::from_bytes(&keys).map_err(|error| error.to_string())?,
            log: device.log.clone(),
            mailbox: device.mailbox,
            sessions,
            prekeys: match with_prekeys {
                true => all.collect(),
                false => BTreeMap::new(),
            },
        })
    }
}

/// A recorded envelope, with what anybody can know of it.
#[derive(Clone)]
pub struct Recorded {
    pub id: MessageId,
    pub th: TranscriptHash,
    pub initial: bool,
    pub envelope: Rc<Vec<u8>>,
    /// Addresses of sender and receiver, as they stand in the associated data.
    pub addresses: Vec<u8>,
}

/// A ratchet pair of which one half or both are known.
#[derive(Clone)]
pub struct KnownPair {
    pub public: DhPublic,
    pub dh: Option<DhSecret>,
    pub kem: Option<KemSecret>,
}

struct Header {
    bytes: Box<[u8; HEADER_BYTES]>,
    key: usize,
    n: u32,
}

struct Tap {
    id: MessageId,
    message: Vec<u8>,
    ad: Vec<u8>,
    header: Option<Header>,
    keys_tried: usize,
    fallen: bool,
}

struct Chain {
    header: usize,
    from: u32,
    next: Secret<32>,
    message_keys: Vec<Secret<32>>,
}

/// The work on one session.
struct Break {
    th: TranscriptHash,
    roots: Vec<[u8; 32]>,
    headers: Vec<[u8; 32]>,
    pairs: Vec<KnownPair>,
    chains: Vec<Chain>,
    skipped: Vec<(u32, Secret<32>)>,
    taps: Vec<Tap>,
    half_steps_tried: BTreeSet<([u8; 32], usize, usize)>,
}

/// The messages that a thief opens with this loot. `broken` has the halves of ratchet pairs that are no
/// secret to it, by session.
pub fn steal(
    loot: &[&Loot],
    recorded: &[Recorded],
    broken: &BTreeMap<TranscriptHash, Vec<KnownPair>>,
) -> BTreeSet<MessageId> {
    let mut fallen = BTreeSet::new();
    let names: BTreeSet<_> = recorded.iter().map(|one| one.th).collect();
    for th in names {
        let mut work = Break::new(th);
        for one in recorded.iter().filter(|one| one.th == th) {
            work.record(one, loot);
        }
        for one in loot {
            for (state, keys) in one.sessions.iter().filter(|(state, _)| state.th == th) {
                work.take(state);
                let keys = keys.iter().map(|(id, key)| (id.n, key.clone()));
                work.skipped.extend(keys);
            }
        }
        work.pairs
            .extend(broken.get(&th).cloned().unwrap_or_default());
        while work.round() {}
        fallen.extend(work.taps.iter().filter(|tap| tap.fallen).map(|tap| tap.id));
    }
    fallen
}

impl Break {
    fn new(th: TranscriptHash) -> Self {
        Self {
            th,
            roots: Vec::new(),
            headers: Vec::new(),
            pairs: Vec::new(),
            chains: Vec::new(),
            skipped: Vec::new(),
            taps: Vec::new(),
            half_steps_tried: BTreeSet::new(),
        }
    }

    /// What is on the wire: of an initial envelope something only for who has the contact key.
    fn record(&mut self, one: &Recorded, loot: &[&Loot]) {
        let message = if one.initial {
            let opened = loot.iter().find_map(|loot| loot.answer(one));
            let Some((message, state)) = opened else {
                return;
            };
            if let Some(state) = state {
                self.take(&state);
            }
            message
        } else {
            one.envelope[1..].to_vec()
        };
        if message.len() > HEAD_BYTES + aead::TAG_BYTES {
            let ad = [&self.th.0[..], &message[..HEAD_BYTES], &one.addresses].concat();
            self.taps.push(Tap {
                id: one.id,
                message,
                ad,
                header: None,
                keys_tried: 0,
                fallen: false,
            });
        }
    }

    fn header(&mut self, key: [u8; 32]) -> usize {
        let known = self.headers.iter().position(|header| *header == key);
        known.unwrap_or_else(|| {
            self.headers.push(key);
            self.headers.len() - 1
        })
    }

    fn take(&mut self, state: &StoredSession) {
        if !self.roots.contains(&state.root) {
            self.roots.push(state.root);
        }
        let dh = DhSecret::from_bytes(Secret::from_bytes(state.dh));
        let public = dh.public();
        if self.pairs.iter().all(|pair| pair.public != public) {
            self.pairs.push(KnownPair {
                public,
                dh: Some(dh),
                kem: state.kem.load().ok().cloned(),
            });
        }
        self.header(state.our_next_header);
        self.header(state.their_next_header);
        for old in &state.old {
            self.header(old.header);
        }
        let sending = state
            .sending
            .as_ref()
            .map(|one| (one.header, one.chain, one.n));
        let receiving = state
            .receiving
            .as_ref()
            .map(|one| (one.header, one.chain, one.n));
        for (header, chain, from) in [sending, receiving].into_iter().flatten() {
            let header = self.header(header);
            self.chains.push(Chain::new(header, from, chain));
        }
    }

    /// Tries everything on everything; whether anything new came of it.
    fn round(&mut self) -> bool {
        let mut progress = false;
        for at in 0..self.taps.len() {
            if self.taps[at].fallen {
                continue;
            }
            self.open_header(at);
            let Some(header) = &self.taps[at].header else {
                continue;
            };
            let (n, key) = (header.n, header.key);
            let mut open = false;
            for chain in &mut self.chains {
                if chain.header == key && chain.from <= n {
                    open = open || self.taps[at].opens(&self.th, chain.message_key(n), n);
                }
            }
            for (skipped, key) in &self.skipped {
                open = open || (*skipped == n && self.taps[at].opens(&self.th, key, n));
            }
            open = open || self.try_half_steps(at);
            self.taps[at].fallen = open;
            progress |= open;
        }
        progress
    }

    fn open_header(&mut self, at: usize) {
        let tap = &mut self.taps[at];
        let ad = [&[1][..], &self.th.0].concat();
        while tap.header.is_none() && tap.keys_tried < self.headers.len() {
            let key = tap.keys_tried;
            tap.keys_tried += 1;
            let secret = Secret::from_bytes(self.headers[key]);
            let Ok(plain) = aead::open(&secret, &ad, &tap.message[..HEAD_BYTES]) else {
                continue;
            };
            if let Ok(bytes) = <[u8; HEADER_BYTES]>::try_from(&plain[..]) {
                let mut n = [0; 4];
                n.copy_from_slice(&bytes[HEADER_BYTES - 4..]);
                tap.header = Some(Header {
                    bytes: Box::new(bytes),
                    key,
                    n: u32::from_be_bytes(n),
                });
            }
        }
    }

    /// Does the half-step of a message's chain with each root key and each pair.
    fn try_half_steps(&mut self, at: usize) -> bool {
        let Some(header) = &self.taps[at].header else {
            return false;
        };
        let (key, n) = (header.key, header.n);
        let keys = &header.bytes[..RATCHET_KEYS_BYTES];
        let id = hash::sha256(&[keys]);
        let new: Vec<(usize, usize)> = (0..self.pairs.len())
            .flat_map(|pair| (0..self.roots.len()).map(move |root| (pair, root)))
            .filter(|(pair, root)| !self.half_steps_tried.contains(&(id, *pair, *root)))
            .collect();
        let (dh, rest) = keys.split_at(32);
        let (ek, ct) = rest.split_at(1184);
        let ctx = [
            &self.th.0[..],
            dh,
            &hash::sha256(&[ek]),
            &hash::sha256(&[ct]),
        ]
        .concat();
        let mut shared: BTreeMap<usize, Option<Vec<u8>>> = BTreeMap::new();
        for (pair, root) in new {
            self.half_steps_tried.insert((id, pair, root));
            let ikm = shared
                .entry(pair)
                .or_insert_with(|| self.agree(&self.pairs[pair], dh, ct));
            let Some(ikm) = ikm else {
                continue;
            };
            let out: Secret<96> = derive(ikm, &self.roots[root], Purpose::Rk, &ctx);
            let mut chain = Chain::new(key, 0, *out.part::<32, 32>().expose());
            if self.taps[at].opens(&self.th, chain.message_key(n), n) {
                self.roots.push(*out.part::<0, 32>().expose());
                self.header(*out.part::<64, 32>().expose());
                self.chains.push(chain);
                return true;
            }
        }
        false
    }

    /// DH ‖ ss of a header and a pair that it may have been made for, by either end's private half.
    fn agree(&self, pair: &KnownPair, dh: &[u8], ct: &[u8]) -> Option<Vec<u8>> {
        let kem = pair.kem.as_ref()?;
        let ct = KemCiphertext::from_bytes(ct.try_into().ok()?);
        let theirs = DhPublic::from_bytes(dh.try_into().ok()?).ok()?;
        let shared = match &pair.dh {
            Some(dh) => dh.agree(&theirs).ok()?,
            None => {
                let mut own = self.pairs.iter().filter(|one| one.public == theirs);
                let own = own.find_map(|one| one.dh.as_ref())?;
                own.agree(&pair.public).ok()?
            }
        };
        let ss = kem.decapsulate(&ct);
        Some([&shared.expose()[..], ss.expose()].concat())
    }
}

impl Loot {
    /// Opens an initial envelope with the contact key, and does the responder's half if all prekeys are there.
    fn answer(&self, one: &Recorded) -> Option<(Vec<u8>, Option<StoredSession>)> {
        let (fields, message) = self.prekeys.values().find_map(|pair| {
            let secret = pair.secret.contact().ok()?;
            open_initial(&one.envelope, secret, self.mailbox).ok()
        })?;
        let find = |id: u32| self.prekeys.get(&id).map(|pair| &**pair);
        let state = || {
            let opk = match fields.opk_id {
                Some(id) => Some(find(id)?),
                None => None,
            };
            let (spk, kem) = (find(fields.spk_id)?, find(fields.kem_id)?);
            let responded = respond(&self.keys, &self.log, &fields, spk, opk, kem).ok()?;
            StoredSession::of(&responded.session).ok()
        };
        Some((message.to_vec(), state()))
    }
}

impl Chain {
    fn new(header: usize, from: u32, key: [u8; 32]) -> Self {
        Self {
            header,
            from,
            next: Secret::from_bytes(key),
            message_keys: Vec::new(),
        }
    }

    fn message_key(&mut self, n: u32) -> &Secret<32> {
        let at = (n - self.from) as usize;
        while self.message_keys.len() <= at {
            let (message_key, next) = derive_chain_step(&self.next);
            self.message_keys.push(message_key);
            self.next = next;
        }
        &self.message_keys[at]
    }
}

impl Tap {
    /// Whether this message key opens the body to a frame.
    fn opens(&self, th: &TranscriptHash, message_key: &Secret<32>, n: u32) -> bool {
        let (head, body) = self.message.split_at(HEAD_BYTES);
        let ctx = [&th.0[..], &n.to_be_bytes(), &head[..NONCE_BYTES]].concat();
        let key: Secret<44> = derive(message_key.expose(), &NO_SALT, Purpose::MkAead, &ctx);
        let nonce = *key.part::<32, 12>().expose();
        let plain = aead::open_once(&key.part::<0, 32>(), &nonce, &self.ad, body);
        plain.is_ok_and(|plain| {
            let length = unpad(&plain).unwrap_or(0);
            Frame::from_bytes(&plain[..length]).is_ok()
        })
    }
}
