package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Of which namespace a step is ordered, by whom, and on which sight of it. */
final class OrderOptions {
    @Parameters(paramLabel = "NAMESPACE", description = "The namespace.")
    String namespace = "";

    @Option(
            names = "--etag",
            paramLabel = "ETAG",
            description = "The etag of the policy that you have seen: with another one nothing is done.")
    private @Nullable Long etag;

    @Option(
            names = "--who",
            paramLabel = "NAME",
            description = "Who does it, for the record. Default: your name on this machine.")
    private @Nullable String who;

    /** As pages want it. */
    JsonObject json(Map<String, String> environment) {
        JsonObject json = new JsonObject()
                .put("namespace", namespace)
                .put("who", who == null ? System.getProperty("user.name") + "@" + host(environment) : who);
        return etag == null ? json : json.put("etag", etag);
    }

    private static String host(Map<String, String> environment) {
        String host = environment.get("HOSTNAME");
        try {
            return host == null ? InetAddress.getLocalHost().getHostName() : host;
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
