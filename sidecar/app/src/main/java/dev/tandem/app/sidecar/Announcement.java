package dev.tandem.app.sidecar;

import dev.tandem.app.config.BuildInfo;
import dev.tandem.app.config.HostPort;
import dev.tandem.app.config.NodeConfig;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.config.StoreLocation;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is said of a process that has started: a few lines for a person, or one for a log. */
final class Announcement {
    private static final Logger log = LoggerFactory.getLogger(Announcement.class);

    private Announcement() {}

    /**
     * Says that a sidecar listens.
     *
     * @param isTerminal whether to a person at {@code out}; to the log otherwise
     */
    static void of(Sidecar sidecar, SidecarConfig config, PrintStream out, boolean isTerminal) {
        HostPort at = sidecar.address();
        HostPort admin = sidecar.adminAddress();
        if (!isTerminal) {
            log.atInfo()
                    .addKeyValue("listen", at)
                    .addKeyValue("unix_socket", config.unixSocket() == null ? "none" : config.unixSocket())
                    .addKeyValue("admin", admin == null ? "off" : admin)
                    .addKeyValue("store", shown(config.stores()))
                    .addKeyValue("version", BuildInfo.version())
                    .addKeyValue("ready_millis", ProcessAge.millis())
                    .log("listening on {}", at);
            return;
        }
        StringBuilder text = new StringBuilder();
        text.append("Tandem ").append(BuildInfo.version()).append(" keeps tasks in ");
        text.append(config.store() instanceof StoreLocation.Sqlite sqlite ? sqlite.file() : config.store());
        if (config.stores().size() > 1) {
            text.append(", can move them to ")
                    .append(shown(config.stores().subList(1, config.stores().size())))
                    .append(',');
        }
        text.append(" and listens on\n\n");
        text.append("  API    ").append(at).append("   gRPC, gRPC-Web and JSON\n");
        if (config.unixSocket() != null) {
            text.append("         ").append(config.unixSocket()).append("   the same, on a unix socket\n");
        }
        if (admin != null) {
            text.append("  admin  ").append(admin).append("   /metrics /healthz /readyz /version\n");
        }
        text.append("\nTry it:\n\n  curl -d '{\"task\": {\"queue\": \"mail\", \"payload\": \"aGk=\"}}' http://");
        text.append(at)
                .append("/v1/namespaces/")
                .append(config.limits().defaultNamespace())
                .append("/tasks\n\n");
        text.append("Ready after ").append(ProcessAge.millis()).append(" ms. Ctrl-C ends it in good order.");
        out.println(text);
        out.flush();
    }

    private static String shown(List<StoreLocation> stores) {
        return stores.stream().map(StoreLocation::toString).collect(Collectors.joining(" "));
    }

    /** Says that a store node listens. */
    static void of(StoreNode node, NodeConfig config, PrintStream out, boolean isTerminal) {
        HostPort at = node.address();
        HostPort admin = node.adminAddress();
        String member =
                config.raft().member().host() + ":" + config.raft().member().port();
        if (!isTerminal) {
            log.atInfo()
                    .addKeyValue("listen", at)
                    .addKeyValue("admin", shown(admin))
                    .addKeyValue("raft", member)
                    .addKeyValue("data", config.raft().member().folder())
                    .addKeyValue("version", BuildInfo.version())
                    .addKeyValue("ready_millis", ProcessAge.millis())
                    .log("listening on {}", at);
            return;
        }
        out.println("Tandem " + BuildInfo.version() + ", a store node, keeps tasks in "
                + config.raft().member().folder() + " and listens on\n\n"
                + "  sidecars  " + at + (config.server().tls() == null ? "   without TLS\n" : "   with TLS\n")
                + (admin == null ? "" : "  admin     " + admin + "   /raft /metrics /healthz /readyz /version\n")
                + "  members   " + member + "\n\nStart a sidecar with --store tandem://" + at
                + " (name the other nodes, too).\n\nReady after " + ProcessAge.millis()
                + " ms. Ctrl-C ends it in good order.");
        out.flush();
    }

    private static String shown(@Nullable HostPort address) {
        return address == null ? "off" : address.toString();
    }
}
