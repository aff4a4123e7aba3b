//! The handshake: five X25519 legs and one ML-KEM exchange over a whole transcript. PROTOCOL.md §11.

use rand_core::CryptoRng;
use tacita_wire::MailboxId;

use super::account::DeviceKeys;
use super::bundle::VerifiedBundle;
use super::descriptor::Descriptor;
use super::error::ProtocolError;
use super::identity::{Certificate, VerifiedDeviceLog};
use super::ids::{DeviceAddress, DeviceNumber, Hour, TranscriptHash};
use super::initial::InitialFields;
use super::prekey::{PrekeyKind, PrekeyPair, VerifiedPrekey};
use super::reconnect::VerifiedReconnect;
use super::session::{HandshakeSecrets, Session};
use crate::crypto::dh::{DhPublic, DhSecret};
use crate::crypto::hpke::ContactPublic;
use crate::crypto::kem::encapsulate;
use crate::crypto::secret::Secret;

mod transcript;

use transcript::{Transcript, derive_secrets};

/// The verified device that a handshake goes to.
#[derive(Clone, Debug)]
pub struct HandshakeTarget {
    address: DeviceAddress,
    certificate: Certificate,
    log: VerifiedDeviceLog,
    spk: VerifiedPrekey,
    opk: Option<VerifiedPrekey>,
    kem: VerifiedPrekey,
    contact_key: VerifiedPrekey,
    descriptor: Descriptor,
}

impl HandshakeTarget {
    /// The inviter's device, from what its pile gave.
    ///
    /// # Errors
    /// [`ProtocolError::UnknownDevice`] for a device that the log does not list, which no verified
    /// bundle has.
    pub fn from_bundle(bundle: VerifiedBundle) -> Result<Self, ProtocolError> {
        let certificate = certificate_of(&bundle.log, bundle.device)?.clone();
        Ok(Self {
            address: certificate.address,
            certificate,
            log: bundle.log,
            spk: bundle.spk,
            opk: bundle.opk,
            kem: bundle.kem,
            contact_key: bundle.contact_key,
            descriptor: bundle.descriptor,
        })
    }

    /// A contact's device, from its reconnect record and the descriptor that came with it.
    ///
    /// # Errors
    /// As [`HandshakeTarget::from_bundle`].
    pub fn from_reconnect(
        record: VerifiedReconnect,
        descriptor: Descriptor,
    ) -> Result<Self, ProtocolError> {
        let certificate = certificate_of(&record.log, record.device)?.clone();
        Ok(Self {
            address: certificate.address,
            certificate,
            log: record.log,
            spk: record.spk,
            opk: None,
            kem: record.kem,
            contact_key: record.contact_key,
            descriptor,
        })
    }

    /// The device.
    #[must_use]
    pub fn address(&self) -> DeviceAddress {
        self.address
    }

    /// The device log used.
    #[must_use]
    pub fn log(&self) -> &VerifiedDeviceLog {
        &self.log
    }

    /// The mailbox that the initial envelopes go to.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
}

/// What a handshake gives to the side that begins.
#[derive(Debug)]
pub struct Initiated {
    /// Ready to encrypt.
    pub session: Session,
    /// To be sent with every envelope until an answer comes.
    pub fields: InitialFields,
    /// What the initial envelopes are sealed to.
    pub contact_key: ContactPublic,
    /// The mailbox that the initial envelopes are for.
    pub mailbox: MailboxId,
}

/// Begins a session with a device of another account. `reply` is the mailbox that answers go to.
///
/// # Errors
/// [`ProtocolError::OwnInvitation`] for a device of the own account; [`ProtocolError::UnknownDevice`] if
/// `our_log` does not list this device; [`ProtocolError::WeakKey`] if a key of the other side would give
/// a known secret: ask for a new invitation; [`ProtocolError::CheckYourClock`] and
/// [`ProtocolError::Expired`] if the prekeys' time is over since they were verified.
pub fn initiate(
    ours: &DeviceKeys,
    our_log: &VerifiedDeviceLog,
    target: &HandshakeTarget,
    reply: &Descriptor,
    replaces: Option<TranscriptHash>,
    hour: Hour,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Initiated, ProtocolError> {
    let (secrets, fields) = agree_first(ours, our_log, target, reply, replaces, hour, rng)?;
    let (spk, kem) = (target.spk.dh()?, target.kem.kem()?);
    Ok(Initiated {
        session: Session::start_initiator(secrets, ours.address, target.address, spk, kem, rng)?,
        fields,
        contact_key: target.contact_key.contact()?.clone(),
        mailbox: target.descriptor.mailbox,
    })
}

/// The initiator's half: the secrets, and the fields by which the responder comes to the same.
fn agree_first(
    ours: &DeviceKeys,
    our_log: &VerifiedDeviceLog,
    target: &HandshakeTarget,
    reply: &Descriptor,
    replaces: Option<TranscriptHash>,
    hour: Hour,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<(HandshakeSecrets, InitialFields), ProtocolError> {
    let our_certificate = own_certificate(ours, our_log)?;
    if target.address.account == ours.address.account {
        return Err(ProtocolError::OwnInvitation);
    }
    for prekey in [&target.spk, &target.kem, &target.contact_key]
        .into_iter()
        .chain(&target.opk)
    {
        prekey.verify_time(hour)?;
    }
    let spk = target.spk.dh()?;
    let kem = target.kem.kem()?;
    let ephemeral = DhSecret::generate(rng);
    let (ciphertext, shared) = encapsulate(kem, rng);
    let mut legs = vec![
        agree(&ours.dh, &target.certificate.dh)?,
        agree(&ours.dh, spk)?,
        agree(&ephemeral, &target.certificate.dh)?,
        agree(&ephemeral, spk)?,
    ];
    if let Some(opk) = &target.opk {
        legs.push(agree(&ephemeral, opk.dh()?)?);
    }
    legs.push(shared);

    let fields = InitialFields {
        log: our_log.as_log().clone(),
        device: ours.address.device,
        ephemeral: ephemeral.public(),
        responder_head: target.log.head(),
        spk_id: target.spk.signed().id(),
        opk_id: target.opk.as_ref().map(|opk| opk.signed().id()),
        kem_kind: target.kem.signed().kind(),
        kem_id: target.kem.signed().id(),
        ciphertext,
        descriptor: reply.clone(),
        replaces,
    };
    let transcript = Transcript {
        initiator_log: our_log,
        initiator: our_certificate,
        responder_key: target.log.account_key(),
        responder: &target.certificate,
        spk: target.spk.signed(),
        opk: target.opk.as_ref().map(VerifiedPrekey::signed),
        kem: target.kem.signed(),
        fields: &fields,
    };
    let secrets = derive_secrets(&legs, transcript.derive_hash());
    Ok((secrets, fields))
}

/// What a handshake gives to the side that answers. It counts once the ratchet message that came with
/// it has opened; until then nobody has shown to know the keys behind it.
#[derive(Debug)]
pub struct Responded {
    /// Ready to open the ratchet message.
    pub session: Session,
    /// The initiator's device log.
    pub their_log: VerifiedDeviceLog,
    /// The initiator's device.
    pub their: DeviceAddress,
    /// Where answers go.
    pub descriptor: Descriptor,
    /// The session that this one replaces.
    pub replaces: Option<TranscriptHash>,
}

/// Answers a handshake with the prekeys that the fields name. The caller loads them by id, and deletes
/// one-time pairs in the transaction that accepts the session.
///
/// # Errors
/// [`ProtocolError::WrongPrekey`] for other pairs than the fields name or kinds that do not go together,
/// [`ProtocolError::OwnInvitation`] from the own account, [`ProtocolError::InvalidDeviceLog`] if our log
/// never had the head named, [`ProtocolError::UnknownDevice`], [`ProtocolError::WeakKey`], and what
/// verifying the initiator's log gives. Drop the envelope in every case.
pub fn respond(
    ours: &DeviceKeys,
    our_log: &VerifiedDeviceLog,
    fields: &InitialFields,
    spk: &PrekeyPair,
    opk: Option<&PrekeyPair>,
    kem: &PrekeyPair,
) -> Result<Responded, ProtocolError> {
    let (secrets, their_log, their) = agree_second(ours, our_log, fields, spk, opk, kem)?;
    Ok(Responded {
        session: Session::start_responder(
            secrets,
            ours.address,
            their,
            spk.secret.dh()?.clone(),
            kem.secret.kem()?.clone(),
        ),
        their_log,
        their,
        descriptor: fields.descriptor.clone(),
        replaces: fields.replaces,
    })
}

/// The responder's half: the secrets, and the verified log and device of the initiator.
fn agree_second(
    ours: &DeviceKeys,
    our_log: &VerifiedDeviceLog,
    fields: &InitialFields,
    spk: &PrekeyPair,
    opk: Option<&PrekeyPair>,
    kem: &PrekeyPair,
) -> Result<(HandshakeSecrets, VerifiedDeviceLog, DeviceAddress), ProtocolError> {
    verify_pairs(fields, spk, opk, kem)?;
    let our_certificate = own_certificate(ours, our_log)?;
    let their_account = fields.log.claimed_account();
    if their_account == ours.address.account {
        return Err(ProtocolError::OwnInvitation);
    }
    if !our_log.has_had_head(&fields.responder_head) {
        return Err(ProtocolError::InvalidDeviceLog);
    }
    let their_log = fields.log.clone().verify_for(their_account)?;
    let their_certificate = certificate_of(&their_log, fields.device)?;
    let their = their_certificate.address;

    let spk_secret = spk.secret.dh()?;
    let kem_secret = kem.secret.kem()?;
    let mut legs = vec![
        agree(&ours.dh, &their_certificate.dh)?,
        agree(spk_secret, &their_certificate.dh)?,
        agree(&ours.dh, &fields.ephemeral)?,
        agree(spk_secret, &fields.ephemeral)?,
    ];
    if let Some(opk) = opk {
        legs.push(agree(opk.secret.dh()?, &fields.ephemeral)?);
    }
    legs.push(kem_secret.decapsulate(&fields.ciphertext));

    let transcript = Transcript {
        initiator_log: &their_log,
        initiator: their_certificate,
        responder_key: our_log.account_key(),
        responder: our_certificate,
        spk: &spk.signed,
        opk: opk.map(|pair| &pair.signed),
        kem: &kem.signed,
        fields,
    };
    let secrets = derive_secrets(&legs, transcript.derive_hash());
    Ok((secrets, their_log, their))
}

fn agree(secret: &DhSecret, public: &DhPublic) -> Result<Secret<32>, ProtocolError> {
    secret.agree(public).map_err(|_| ProtocolError::WeakKey)
}

fn certificate_of(
    log: &VerifiedDeviceLog,
    device: DeviceNumber,
) -> Result<&Certificate, ProtocolError> {
    log.certificate(device).ok_or(ProtocolError::UnknownDevice)
}

fn own_certificate<'a>(
    ours: &DeviceKeys,
    our_log: &'a VerifiedDeviceLog,
) -> Result<&'a Certificate, ProtocolError> {
    certificate_of(our_log, ours.address.device)
        .ok()
        .filter(|certificate| {
            certificate.address == ours.address && certificate.dh == ours.dh.public()
        })
        .ok_or(ProtocolError::UnknownDevice)
}

/// The pairs are those that the fields name, and of kinds that a bundle or record can have given.
fn verify_pairs(
    fields: &InitialFields,
    spk: &PrekeyPair,
    opk: Option<&PrekeyPair>,
    kem: &PrekeyPair,
) -> Result<(), ProtocolError> {
    let is = |pair: &PrekeyPair, kind: PrekeyKind, id: u32| {
        pair.signed.kind() == kind && pair.signed.id() == id
    };
    let kem_kind_due = match opk {
        Some(_) => PrekeyKind::OneTimeKem,
        None => PrekeyKind::LastResort,
    };
    let opk_is_right = match (opk, fields.opk_id) {
        (Some(pair), Some(id)) => is(pair, PrekeyKind::OneTime, id),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if is(spk, PrekeyKind::Signed, fields.spk_id)
        && opk_is_right
        && fields.kem_kind == kem_kind_due
        && is(kem, kem_kind_due, fields.kem_id)
    {
        Ok(())
    } else {
        Err(ProtocolError::WrongPrekey)
    }
}

#[cfg(test)]
mod tests;
