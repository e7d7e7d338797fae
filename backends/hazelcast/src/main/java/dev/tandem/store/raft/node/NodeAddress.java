package dev.tandem.store.raft.node;

/**
 * Where a node, or several under one name, can be reached.
 *
 * @param host a name, or a numeric address without brackets
 */
record NodeAddress(String host, int port) {
    private static final int PORT_MAX = 65_535;

    /** @throws IllegalArgumentException with a sentence, if it is no {@code host:port} */
    static NodeAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isBlank() || (host.contains(":") && !bracketed)) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is no address of a node: write host:port, as in node-1.example:7422 or [::1]:7422");
        }
        int port = colon < 0 ? -1 : port(text.substring(colon + 1));
        if (port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("\"" + text + "\" needs a port from 1 to " + PORT_MAX + ": write " + host
                    + ":" + NodeServerOptions.DEFAULT_PORT);
        }
        return new NodeAddress(host, port);
    }

    private static int port(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
