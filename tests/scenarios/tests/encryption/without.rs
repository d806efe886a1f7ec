//! A build without encryption writes nothing plain where a key was handed in, and knows an encrypted file when it sees one.

use super::*;

#[test]
fn with_a_key_nothing_is_opened_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |folder: &Path| kind(open(folder, Keys::of([1; 32])));
    assert!(matches!(refused(folder.path()), ErrorKind::Config { field: "keys", .. }));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    drop(open(folder.path(), Keys::Nobody).unwrap());
    let before = std::fs::read(database(folder.path())).unwrap();
    assert!(matches!(refused(folder.path()), ErrorKind::Config { field: "keys", .. }));
    assert_eq!(std::fs::read(database(folder.path())).unwrap(), before);
    let phone = open(folder.path(), Keys::Nobody).unwrap();
    phone.session.close();
    let told = phone.library.rekey(&UserId::new("ana").unwrap(), &DatabaseKey::new(&[1; 32]));
    assert!(matches!(kind(told), ErrorKind::Config { field: "keys", .. }));
}

#[test]
fn an_encrypted_file_is_no_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), Keys::Nobody).unwrap());
    let file = database(folder.path());
    let encrypted = [b"FLE1".as_slice(), &[7; 4092]].concat();
    std::fs::write(&file, &encrypted).unwrap();
    let told = open(folder.path(), Keys::Nobody).err().unwrap();
    assert_eq!(*told.kind(), ErrorKind::KeyUnavailable);
    assert!(told.can_retry());
    assert_eq!(std::fs::read(&file).unwrap(), encrypted);
    std::fs::write(&file, [b"FLE2".as_slice(), &[7; 4092]].concat()).unwrap();
    assert!(matches!(kind(open(folder.path(), Keys::Nobody)), ErrorKind::Corrupt { .. }));
}
