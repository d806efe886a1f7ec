-- Each connection reads the whole schema when it is opened, and a view is a statement to be read. What these said stands where
-- it is asked (legacy/reads.rs).
DROP VIEW legacy_history;
DROP VIEW legacy_allergies;
DROP VIEW legacy_allergy_list;
DROP VIEW legacy_profile;
DROP VIEW legacy_settings;
