"""A Synapse module: ask the authorization server about the token of every request.

Synapse remembers the answers for two minutes and has no setting for it.
"""


class NoIntrospectionCache:
    def __init__(self, config, api):
        api._hs.get_auth()._introspection_cache.timeout = None

    @staticmethod
    def parse_config(config):
        return config
