//! Where model, images, detection core and oracle meet: verify, scenarios, one host's story
