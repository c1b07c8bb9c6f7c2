"""The modules of Asterisk that the rendered line needs, each loaded by name."""

MODULES = (
    # what others build on
    "res_timing_timerfd",
    "res_curl",
    "res_musiconhold",
    "res_rtp_asterisk",
    "res_sorcery_astdb",
    "res_sorcery_config",
    "res_sorcery_memory",
    "bridge_builtin_features",
    "bridge_builtin_interval_features",
    "bridge_holding",
    "bridge_native_rtp",
    "bridge_simple",
    "bridge_softmix",
    # sounds and speech
    "codec_alaw",
    "codec_gsm",
    "codec_ulaw",
    "format_gsm",
    "format_pcm",
    "format_wav",
    # SIP
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_authenticator_digest",
    "res_pjsip_caller_id",
    "res_pjsip_dtmf_info",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_header_funcs",
    "res_pjsip_nat",
    "res_pjsip_pubsub",
    "res_pjsip_refer",
    "res_pjsip_registrar",
    "res_pjsip_rfc3326",
    "res_pjsip_sdp_rtp",
    "res_pjsip_session",
    "chan_pjsip",
    # the dialplan
    "pbx_config",
    "app_chanspy",
    "app_dial",
    "app_playback",
    "app_queue",
    "app_read",
    "app_stack",
    "app_userevent",
    "app_voicemail",
    "func_callerid",
    "func_channel",
    "func_curl",
    "func_db",
    "func_devstate",
    "func_logic",
    "func_module",
    "func_strings",
    "func_uri",
    # what a manager is told of telephones
    "res_manager_devicestate",
    # records
    "cdr_csv",
)

RECORDING = ("app_mixmonitor",)
"""For lines that are recorded, and for no others: who may originate a call can have MixMonitor run
any program."""
