package dev.tandem.app.config;

/**
 * Where to listen.
 *
 * @param host a name or an address; an IPv6 one without brackets
 * @param port 0 for any that is free
 */
public record HostPort(String host, int port) {
    /** The same host with the port that was really taken. */
    public HostPort withPort(int port) {
        return new HostPort(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
