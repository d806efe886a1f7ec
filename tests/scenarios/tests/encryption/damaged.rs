//! Damage under the right key is damage, wherever it is, and the file is left as it is.

use super::*;

/// Everything that an app shows, up to the first error.
fn read_all(phone: &Phone) -> Result<()> {
    phone.session.allergies().list()?;
    phone.session.export_json()?;
    phone.session.queue().list(QueueFilter::All, 0, 500)?;
    phone.session.status()?;
    Ok(())
}

fn lived_in() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), Keys::AsBuilt).unwrap();
    phone.session.history().add_all(&vec![scan("bread"); 200]).unwrap();
    folder
}

#[test]
fn a_flipped_bit_is_damage_and_no_wrong_key() {
    let folder = lived_in();
    let file = database(folder.path());
    let sound = std::fs::read(&file).unwrap();
    // In page 1, in its check sum, and in the page of the account.
    for at in [16, 100, 4_095, 4_096 + 7] {
        let mut spoilt = sound.clone();
        spoilt[at] ^= 1;
        std::fs::write(&file, &spoilt).unwrap();
        assert!(matches!(kind(open(folder.path(), Keys::AsBuilt)), ErrorKind::Corrupt { .. }), "{at}");
        assert!(std::fs::read(&file).unwrap() == spoilt, "{at}: left as it is");
    }
    let mut noticed = 0;
    for page in 2..sound.len() / 4_096 {
        let mut spoilt = sound.clone();
        spoilt[page * 4_096 + 2_000] ^= 0x80;
        std::fs::write(&file, &spoilt).unwrap();
        // Some pages nothing needs: an empty table's, the search index's.
        if let Err(error) = open(folder.path(), Keys::AsBuilt).and_then(|phone| read_all(&phone)) {
            assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "page {page}: {error}");
            noticed += 1;
        }
    }
    assert!(noticed > 10, "{noticed} of {}", sound.len() / 4_096);
    std::fs::write(&file, &sound).unwrap();
    read_all(&open(folder.path(), Keys::AsBuilt).unwrap()).unwrap();
}

#[test]
fn a_head_that_is_no_head_of_ours_is_damage() {
    let folder = lived_in();
    let file = database(folder.path());
    let sound = std::fs::read(&file).unwrap();
    for at in 0..16 {
        let mut spoilt = sound.clone();
        spoilt[at] ^= 1;
        std::fs::write(&file, &spoilt).unwrap();
        let told = kind(open(folder.path(), Keys::AsBuilt));
        // Behind the mark it may as well be another key's.
        let as_told =
            if at < 4 { matches!(told, ErrorKind::Corrupt { .. }) } else { told == ErrorKind::WrongKey };
        assert!(as_told, "{at}: {told:?}");
        assert!(std::fs::read(&file).unwrap() == spoilt, "{at}: left as it is");
    }
}

#[test]
fn a_file_that_was_cut_off_is_damage() {
    let folder = lived_in();
    let file = database(folder.path());
    let sound = std::fs::read(&file).unwrap();
    for length in [2, 15, 16, 100, 4_096, sound.len() / 2, sound.len() - 1] {
        std::fs::write(&file, &sound[..length]).unwrap();
        let told = open(folder.path(), Keys::AsBuilt).and_then(|phone| read_all(&phone));
        let told = kind(told);
        assert!(matches!(told, ErrorKind::Corrupt { .. }), "{length}: {told:?}");
        if length < 4_096 {
            assert!(std::fs::read(&file).unwrap() == sound[..length], "{length}: left as it is");
        }
    }
}
