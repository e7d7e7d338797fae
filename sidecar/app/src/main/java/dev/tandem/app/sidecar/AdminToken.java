package dev.tandem.app.sidecar;

import dev.tandem.app.config.SidecarConfig;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** The secret by which the admin port knows operators: what they send as {@code Authorization: Bearer TOKEN}. Shows itself nowhere. */
final class AdminToken {
    private static final String SCHEME = "Bearer ";

    private final byte @Nullable [] expected;

    /** @param configured null if none is: then nobody has it */
    AdminToken(SidecarConfig.@Nullable AdminToken configured) {
        expected = configured == null ? null : configured.text().getBytes(StandardCharsets.UTF_8);
    }

    boolean isConfigured() {
        return expected != null;
    }

    /** Whether the caller has it. How long that takes does not tell how much of it was right. */
    boolean isIn(HttpServerRequest request) {
        String header = request.getHeader("authorization");
        if (expected == null || header == null || header.length() < SCHEME.length()) {
            return false;
        }
        String scheme = header.substring(0, SCHEME.length());
        byte[] given = header.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        return AsciiString.contentEqualsIgnoreCase(scheme, SCHEME) && MessageDigest.isEqual(given, expected);
    }
}
