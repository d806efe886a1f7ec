//! FoodLens.
#![allow(missing_docs, clippy::panic)]
use std::sync::Arc;
use std::time::SystemTime;

uniffi::setup_scaffolding!("foodlens");

#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum TinyError {
    #[error("{reason}")]
    Bad { reason: String },
    #[error("{reason}")]
    App { reason: String },
}
impl From<uniffi::UnexpectedUniFFICallbackError> for TinyError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        TinyError::App { reason: e.reason }
    }
}

#[uniffi::export(foreign)]
pub trait Hook: Send + Sync {
    fn ask(&self, what: String) -> Result<String, TinyError>;
}

#[derive(uniffi::Record)]
pub struct Row {
    pub id: String,
    pub at: SystemTime,
    pub bytes: Vec<u8>,
}

#[derive(uniffi::Object)]
pub struct Tiny {
    hook: Arc<dyn Hook>,
}

#[uniffi::export]
impl Tiny {
    #[uniffi::constructor]
    pub fn open(hook: Arc<dyn Hook>) -> Result<Arc<Self>, TinyError> {
        Ok(Arc::new(Self { hook }))
    }
    pub fn ask(&self, what: String) -> Result<String, TinyError> {
        self.hook.ask(what)
    }
    pub fn row(&self, at: SystemTime) -> Result<Row, TinyError> {
        Ok(Row { id: "x".into(), at, bytes: vec![1, 2] })
    }
    pub fn boom(&self) -> Result<(), TinyError> {
        panic!("boom")
    }
    pub fn bad(&self) -> Result<(), TinyError> {
        Err(TinyError::Bad { reason: "bad".into() })
    }
}
