//! Generates the Swift bindings: sources, C header and module map, asked for one by one.

fn main() {
    uniffi::uniffi_bindgen_swift();
}
