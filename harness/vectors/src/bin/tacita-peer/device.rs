//! A device of the core, as far as a talk needs one. PROTOCOL.md §12, §16-§19.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tacita_core::crypto::hash::sha256;
use tacita_core::protocol::content::Content;
use tacita_core::protocol::prekey::generate_prekey;
use tacita_core::protocol::{
    AccountId, Bundle, BundleKeys, Descriptor, DeviceKeys, Frame, HandshakeTarget, Hour,
    InitialFields, InitialId, InvitationLink, PrekeyKind, PrekeyPair, ProtocolError,
    ReconnectRecord, SignedPrekey, TranscriptHash, VerifiedDeviceLog, envelope_message,
    generate_account, initiate, open_initial, respond, safety_number, verify_scan,
};
use tacita_vectors::{Inputs, Refused, hex};
use tacita_wire::{
    Encode as _, MailboxId, ReadKey, RelayAddress, RelayRootHash, SealedEntry, WriteKey,
};

use crate::contact::{Beginning, Contact, Talk};

type Result<T> = std::result::Result<T, Refused>;

/// An accepted handshake: the hash of its fields, its session, its initiator.
type Accepted = ([u8; 32], TranscriptHash, AccountId);

pub(crate) struct Device {
    rng: ChaCha20Rng,
    hour: Hour,
    name: String,
    keys: DeviceKeys,
    log: VerifiedDeviceLog,
    prekeys: BTreeMap<(PrekeyKind, u32), PrekeyPair>,
    mailbox: Descriptor,
    invitation: InvitationLink,
    contacts: BTreeMap<AccountId, Contact>,
    initials: BTreeMap<InitialId, Accepted>,
}

/// The one prekey of each kind that is not used up.
const PREKEY_ID: u32 = 1;

fn draw_mailbox(rng: &mut ChaCha20Rng) -> Result<Descriptor> {
    let (mut read, mut write) = ([0; 32], [0; 32]);
    rng.fill_bytes(&mut read);
    rng.fill_bytes(&mut write);
    Ok(Descriptor {
        address: RelayAddress::new("relay.example:443")?,
        root: RelayRootHash([1; 32]),
        mailbox: ReadKey::from_bytes(read).derive_mailbox_id(),
        write: WriteKey::from_bytes(write),
    })
}

impl Device {
    pub(crate) fn create(inputs: &Inputs<'_>) -> Result<(Self, Value)> {
        let mut rng = ChaCha20Rng::from_seed(sha256(&[&inputs.bytes("seed")?]));
        let hour = Hour(inputs.number("hour")?);
        let account = generate_account(hour, &mut rng);
        let mailbox = draw_mailbox(&mut rng)?;
        let (address, root) = (mailbox.address.clone(), mailbox.root);
        let mut device = Self {
            invitation: InvitationLink::generate(address, root, account.account, &mut rng),
            rng,
            hour,
            name: inputs.text("name")?.to_owned(),
            keys: account.device,
            log: account.log,
            prekeys: BTreeMap::new(),
            mailbox,
            contacts: BTreeMap::new(),
            initials: BTreeMap::new(),
        };
        for kind in [
            PrekeyKind::Signed,
            PrekeyKind::LastResort,
            PrekeyKind::Contact,
        ] {
            device.make_prekey(kind, PREKEY_ID)?;
        }
        let answer = json!({
            "account": hex(&account.account.0),
            "account_key": hex(device.log.account_key().as_bytes()),
        });
        Ok((device, answer))
    }

    fn make_prekey(&mut self, kind: PrekeyKind, id: u32) -> Result<SignedPrekey> {
        let (signed, secret) = generate_prekey(kind, id, self.hour, &self.keys, &mut self.rng);
        let pair = PrekeyPair::new(signed.clone(), secret)?;
        self.prekeys.insert((kind, id), pair);
        Ok(signed)
    }

    fn prekey(&self, kind: PrekeyKind, id: u32) -> Result<&PrekeyPair> {
        let pair = self.prekeys.get(&(kind, id));
        Ok(pair.ok_or(ProtocolError::CannotDecrypt)?)
    }

    fn signed(&self, kind: PrekeyKind) -> Result<SignedPrekey> {
        Ok(self.prekey(kind, PREKEY_ID)?.signed.clone())
    }

    fn contact(&mut self, inputs: &Inputs<'_>) -> Result<&mut Contact> {
        let account = AccountId(inputs.array("peer")?);
        let contact = self.contacts.get_mut(&account);
        contact.ok_or_else(|| Refused::BadCase("no such contact".to_owned()))
    }

    pub(crate) fn invite(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let mut entries = Vec::new();
        for number in 0..inputs.number::<u32>("entries")? {
            let keys = BundleKeys {
                signed: self.signed(PrekeyKind::Signed)?,
                one_time: Some(self.make_prekey(PrekeyKind::OneTime, 1000 + number)?),
                kem: self.make_prekey(PrekeyKind::OneTimeKem, 1000 + number)?,
                contact: self.signed(PrekeyKind::Contact)?,
            };
            entries.push(self.seal_bundle(keys)?);
        }
        let last_resort = self.seal_bundle(BundleKeys {
            signed: self.signed(PrekeyKind::Signed)?,
            one_time: None,
            kem: self.signed(PrekeyKind::LastResort)?,
            contact: self.signed(PrekeyKind::Contact)?,
        })?;
        Ok(json!({
            "link": self.invitation.to_text().as_str(),
            "entries": entries,
            "last_resort": last_resort,
            "mailbox": hex(&self.mailbox.mailbox.0),
        }))
    }

    fn seal_bundle(&mut self, keys: BundleKeys) -> Result<Value> {
        let bundle = Bundle::build(&self.keys, &self.log, keys, self.mailbox.clone())?;
        let (key, pile) = (self.invitation.seal_key(), self.invitation.pile_id());
        Ok(hex(bundle.seal(&key, pile, &mut self.rng)?.as_bytes()))
    }

    pub(crate) fn accept(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let link = InvitationLink::parse(inputs.text("link")?)?;
        link.verify_foreign(self.keys.address.account)?;
        let entry = SealedEntry::new(&inputs.bytes("entry")?)?;
        let bundle = Bundle::open(&entry, &link.seal_key(), link.pile_id())?;
        let target = HandshakeTarget::from_bundle(bundle.verify(link.account, self.hour)?)?;
        let mut contact = Contact::new(target.log().clone());
        contact.our_mailbox = Some(draw_mailbox(&mut self.rng)?);
        self.contacts.insert(link.account, contact);
        self.begin(link.account, &target, None)?;
        Ok(json!({ "peer": hex(&link.account.0) }))
    }

    /// Begins anew by the contact's reconnect record, as after a lost session.
    pub(crate) fn begin_again(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let hour = self.hour;
        let contact = self.contact(inputs)?;
        let account = contact.log.account_id();
        let (Some(record), Some(descriptor)) = (&contact.record, &contact.descriptor) else {
            return Err(Refused::BadCase("nothing to begin again with".to_owned()));
        };
        let record = record.clone().verify(account, hour)?;
        let target = HandshakeTarget::from_reconnect(record, descriptor.clone())?;
        let replaced = contact.talks.first().map(|talk| talk.session.transcript());
        self.begin(account, &target, replaced)?;
        Ok(json!({}))
    }

    fn begin(
        &mut self,
        account: AccountId,
        target: &HandshakeTarget,
        replaces: Option<TranscriptHash>,
    ) -> Result<()> {
        let contact = self.contacts.get_mut(&account);
        let Some((contact, reply)) = contact.and_then(|contact| {
            let reply = contact.our_mailbox.clone()?;
            Some((contact, reply))
        }) else {
            return Err(Refused::BadCase("no such contact".to_owned()));
        };
        let begun = initiate(
            &self.keys,
            &self.log,
            target,
            &reply,
            replaces,
            self.hour,
            &mut self.rng,
        )?;
        contact.talks.insert(0, Talk::new(begun.session));
        contact.beginning = Some(Beginning {
            fields: begun.fields,
            contact_key: begun.contact_key,
            mailbox: begun.mailbox,
            sent: 0,
        });
        Ok(())
    }

    pub(crate) fn send(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let content = self.content(inputs)?;
        let account = AccountId(inputs.array("peer")?);
        let Some(contact) = self.contacts.get_mut(&account) else {
            return Err(Refused::BadCase("no such contact".to_owned()));
        };
        let sealed = contact.seal(&content, &mut self.rng)?;
        Ok(json!({
            "mailbox": hex(&sealed.mailbox.0),
            "envelope": hex(&sealed.envelope),
            "initial": sealed.is_initial,
        }))
    }

    fn content(&mut self, inputs: &Inputs<'_>) -> Result<Content> {
        let kind = inputs.text("content")?;
        if kind == "text" {
            let text = inputs.text("text")?.to_owned();
            return Ok(Content::Text {
                sent_at_ms: 1_764_000_000_000,
                text,
            });
        }
        if kind == "receipt" {
            let ranges = self.contact(inputs)?.received.ranges();
            return Ok(Content::Receipt { ranges });
        }
        let fresh = draw_mailbox(&mut self.rng)?;
        let contact = self.contact(inputs)?;
        let descriptor = contact.our_mailbox.get_or_insert(fresh).clone();
        let record = ReconnectRecord::build(
            &self.keys,
            &self.log,
            self.signed(PrekeyKind::Signed)?,
            self.signed(PrekeyKind::LastResort)?,
            self.signed(PrekeyKind::Contact)?,
        )?;
        match kind {
            "introduction" => {
                let name = self.name.clone();
                Ok(Content::Introduction {
                    name,
                    descriptor,
                    record,
                })
            }
            "reconnect" => Ok(Content::Reconnect { descriptor, record }),
            _ => Err(Refused::BadCase(format!("no content {kind}"))),
        }
    }

    pub(crate) fn receive(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let mailbox = MailboxId(inputs.array("mailbox")?);
        let envelope = inputs.bytes("envelope")?;
        for (account, contact) in &mut self.contacts {
            let ours = contact.our_mailbox.as_ref().map(|ours| ours.mailbox);
            if ours != Some(mailbox) {
                continue;
            }
            let message = envelope_message(&envelope)?;
            for talk in &mut contact.talks {
                if let Ok(frame) = talk.open(message, &mut self.rng) {
                    let th = talk.session.transcript();
                    return Ok(describe(*account, &frame, contact.take(th, &frame)));
                }
            }
            // No initial envelope either.
            return self
                .receive_initial(mailbox, &envelope)
                .map_err(|refused| match refused {
                    Refused::Core(ProtocolError::Malformed(_)) => {
                        ProtocolError::CannotDecrypt.into()
                    }
                    other => other,
                });
        }
        self.receive_initial(mailbox, &envelope)
    }

    fn receive_initial(&mut self, mailbox: MailboxId, envelope: &[u8]) -> Result<Value> {
        let secret = self
            .prekey(PrekeyKind::Contact, PREKEY_ID)?
            .secret
            .contact()?;
        let (fields, message) = open_initial(envelope, secret, mailbox)?;
        let hash = sha256(&[&fields.to_bytes()]);
        match self.initials.get(&fields.initial_id()) {
            Some((known, th, account)) if *known == hash => {
                let (th, account) = (*th, *account);
                self.continue_initial(th, account, &message)
            }
            Some(_) => Err(ProtocolError::CannotDecrypt.into()),
            None => self.begin_session(&fields, hash, &message),
        }
    }

    fn continue_initial(
        &mut self,
        th: TranscriptHash,
        account: AccountId,
        message: &[u8],
    ) -> Result<Value> {
        let refused = ProtocolError::CannotDecrypt;
        let contact = self.contacts.get_mut(&account).ok_or(refused)?;
        let mut talks = contact.talks.iter_mut();
        let talk = talks
            .find(|talk| talk.session.transcript() == th)
            .ok_or(refused)?;
        let frame = talk.open(message, &mut self.rng)?;
        Ok(describe(account, &frame, contact.take(th, &frame)))
    }

    fn begin_session(
        &mut self,
        fields: &InitialFields,
        hash: [u8; 32],
        message: &[u8],
    ) -> Result<Value> {
        let opk = fields
            .opk_id
            .map(|id| self.prekey(PrekeyKind::OneTime, id))
            .transpose()?;
        let kem = self.prekey(fields.kem_kind, fields.kem_id)?;
        let spk = self.prekey(PrekeyKind::Signed, fields.spk_id)?;
        let responded = respond(&self.keys, &self.log, fields, spk, opk, kem)?;
        let (account, th) = (responded.their.account, responded.session.transcript());
        let mut talk = Talk::new(responded.session);
        let frame = talk.open(message, &mut self.rng)?;
        // It has opened: from here on it counts.
        let log = responded.their_log;
        let contact = self
            .contacts
            .entry(account)
            .or_insert_with(|| Contact::new(log.clone()));
        log.verify_extends(&contact.log)?;
        contact.log = log;
        contact.descriptor = Some(responded.descriptor);
        contact.talks.insert(0, talk);
        self.initials
            .insert(fields.initial_id(), (hash, th, account));
        if let Some(id) = fields.opk_id {
            self.prekeys.remove(&(PrekeyKind::OneTime, id));
        }
        self.prekeys
            .remove(&(PrekeyKind::OneTimeKem, fields.kem_id));
        Ok(describe(account, &frame, contact.take(th, &frame)))
    }

    pub(crate) fn safety(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let theirs = self.contact(inputs)?.log.clone();
        let number = safety_number(
            (self.log.account_key(), &self.keys.address.account),
            (theirs.account_key(), &theirs.account_id()),
        );
        Ok(json!({ "digits": number.digits, "qr": number.qr }))
    }

    pub(crate) fn scan(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let theirs = self.contact(inputs)?.log.clone();
        verify_scan(
            (self.log.account_key(), &self.keys.address.account),
            (theirs.account_key(), &theirs.account_id()),
            inputs.text("scanned")?,
        )?;
        Ok(json!({}))
    }

    pub(crate) fn session(&mut self, inputs: &Inputs<'_>) -> Result<Value> {
        let contact = self.contact(inputs)?;
        let th = contact.talks.first().map(|talk| talk.session.transcript());
        Ok(json!({
            "th": th.map(|th| hex(&th.0)),
            "count": contact.talks.len(),
            "skipped": contact.talks.iter().map(Talk::skipped).sum::<usize>(),
        }))
    }
}

fn describe(account: AccountId, frame: &Frame, content: Content) -> Value {
    let mut answer = json!({
        "peer": hex(&account.0),
        "counter": frame.counter,
        "seen_up_to": frame.seen_up_to,
        "kind": frame.kind,
    });
    let (name, value) = match content {
        Content::Introduction { name, .. } => ("name", json!(name)),
        Content::Text { text, .. } => ("text", json!(text)),
        Content::Receipt { ranges } => ("ranges", json!(ranges)),
        Content::Read { up_to } => ("read", json!(up_to)),
        Content::Typing { writing, .. } => ("writing", json!(writing)),
        Content::Profile(profile) => ("name", json!(profile.name)),
        Content::Damaged { .. } => ("damaged", json!(true)),
        Content::Reconnect { .. }
        | Content::Farewell
        | Content::Rewound { .. }
        | Content::Resumed { .. }
        | Content::Unknown { .. } => return answer,
    };
    if let Some(fields) = answer.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    answer
}
