package dev.tandem.app.config;

import dev.tandem.store.raft.node.NodeServerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a store node is started with.
 *
 * @param listen where it serves sidecars
 * @param admin empty for none
 * @param raft the member that it hosts
 */
public record NodeConfig(
        HostPort listen,
        Optional<HostPort> admin,
        SidecarConfig.@Nullable AdminToken adminToken,
        RaftOptions raft,
        NodeServerOptions server,
        Duration drainTimeout,
        LogLevel logLevel,
        LogFormat logFormat) {

    /** The typed view of settings that were loaded for a node without a problem. */
    public static NodeConfig of(Settings settings) {
        return new NodeConfig(
                settings.get(Keys.NODE_LISTEN),
                settings.get(Keys.ADMIN),
                SidecarConfig.AdminToken.of(settings),
                RaftOptions.of(settings.get(Keys.NODE_DATA), settings),
                NodeLinks.toSidecars(settings),
                settings.get(Keys.DRAIN_TIMEOUT),
                settings.get(Keys.LOG_LEVEL),
                settings.get(Keys.LOG_FORMAT));
    }

    /** What is wrong with values that are each right by themselves. */
    public static List<String> contradictions(Settings settings) {
        List<String> problems = new ArrayList<>();
        SidecarConfig.refusal(() -> RaftOptions.of(settings.get(Keys.NODE_DATA), settings))
                .ifPresent(problems::add);
        SidecarConfig.refusal(() -> NodeLinks.toSidecars(settings)).ifPresent(problems::add);
        HostPort listen = settings.get(Keys.NODE_LISTEN);
        if (listen.port() != 0
                && settings.get(Keys.ADMIN).filter(listen::equals).isPresent()) {
            problems.add("node.listen and admin are both " + listen + ": give one of them another port.");
        }
        return problems;
    }

    /** Whether a key says something to a store node. */
    public static boolean isAbout(Key<?> key) {
        String name = key.name();
        return name.startsWith("node.")
                || name.startsWith("raft.")
                || name.startsWith("log.")
                || key.equals(Keys.ADMIN)
                || key.equals(Keys.ADMIN_TOKEN_FILE)
                || key.equals(Keys.DRAIN_TIMEOUT);
    }
}
