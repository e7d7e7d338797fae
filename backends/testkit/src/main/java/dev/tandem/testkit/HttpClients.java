package dev.tandem.testkit;

import java.net.http.HttpClient;
import java.time.Duration;

/** The JDK's HTTP client, for tests. */
public final class HttpClients {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);

    private HttpClients() {}

    /**
     * One that speaks HTTP/1.1. As the JDK has it, a client asks to go on with HTTP/2 (h2c), and if much follows at once upon the
     * 101, it loses some of it now and then: "protocol error: zero streamId for DataFrame", with bytes on the wire in which nothing
     * is wrong; JDK 17.0, once in some hundred answers of a megabyte on a busy machine.
     */
    public static HttpClient http1() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_MAX)
                .build();
    }
}
