//! The raw servers, the proxy, and the tests that use them.

mod certificates;
mod http;
mod proxy;
mod raw;

mod kept_lines;
mod not_sent;
mod on_the_wire;
mod over_tls;
mod through_a_phone;
