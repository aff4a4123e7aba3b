//! Ids as text: equal ids are equal strings in every language, which byte arrays are not in Kotlin.

use data_encoding::HEXLOWER;
use tacita_core::client::ClientError;
use tacita_core::client::view::{ConversationId, InvitationId};
use tacita_core::protocol::ids::{AccountId, DeviceNumber};

uniffi::custom_type!(AccountId, String, {
    remote,
    lower: |id| HEXLOWER.encode(&id.0),
    try_lift: |text| Ok(AccountId(parse(&text)?)),
});
uniffi::custom_type!(ConversationId, String, {
    remote,
    lower: |id| HEXLOWER.encode(&id.0.0),
    try_lift: |text| Ok(ConversationId(AccountId(parse(&text)?))),
});
uniffi::custom_type!(InvitationId, String, {
    remote,
    lower: |id| HEXLOWER.encode(&id.0),
    try_lift: |text| Ok(InvitationId(parse(&text)?)),
});
uniffi::custom_type!(DeviceNumber, u32, {
    remote,
    lower: |number| number.0,
    try_lift: |number| Ok(DeviceNumber(number)),
});

/// What is no id names nothing, so it fails as an unknown id does: typed, and with the same next step.
fn parse<const N: usize>(text: &str) -> Result<[u8; N], ClientError> {
    let bytes = HEXLOWER
        .decode(text.as_bytes())
        .map_err(|_| ClientError::NotFound)?;
    bytes.try_into().map_err(|_| ClientError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_digits_of_the_right_length_are_an_id() {
        assert_eq!(parse::<2>("a50f"), Ok([0xa5, 0x0f]));
        for bad in ["", "a5", "a50f00", "A50F", "a50", "a5 f", "ä50f", "zzzz"] {
            assert_eq!(parse::<2>(bad), Err(ClientError::NotFound), "{bad}");
        }
    }
}
