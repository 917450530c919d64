//! `EEE MMM dd HH:mm:ss zzz yyyy`, the date form that the vendor's server SDKs find in `create_dt`.

use time::OffsetDateTime;

pub fn format(at_ms: u64) -> String {
    let at = OffsetDateTime::from_unix_timestamp((at_ms / 1000) as i64).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (weekday, month) = (at.weekday().to_string(), at.month().to_string());
    format!(
        "{} {} {:02} {:02}:{:02}:{:02} UTC {}",
        &weekday[..3],
        &month[..3],
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.year()
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_have_the_java_form() {
        assert_eq!(super::format(1_726_462_588_999), "Mon Sep 16 04:56:28 UTC 2024");
        assert_eq!(super::format(0), "Thu Jan 01 00:00:00 UTC 1970");
    }
}
