package dev.tandem.store.raft.node;

import io.netty.util.NetUtil;
import io.vertx.core.internal.ContextInternal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Looks the nodes' names up, again and again. Used on the link's context alone. */
final class Names {
    /** A name is not looked up again sooner, however many connections fail. */
    private static final long AGAIN_NANOS_MIN = TimeUnit.SECONDS.toNanos(1);

    private final List<NodeAddress> addresses;
    private final NodeResolver resolver;
    private final long periodNanos;
    private final ContextInternal context;
    private final BiConsumer<NodeAddress, List<String>> found;
    private final Runnable onProblem;
    private final Map<NodeAddress, Name> names = new HashMap<>();

    private static final class Name {
        private long askedNanos;
        private boolean isAsked;
        private boolean wasAnswered;
        private @Nullable String problem;
    }

    /**
     * @param found told of all addresses of a name, each time
     * @param onProblem called when a name could not be looked up
     */
    Names(
            ContextInternal context,
            NodeOptions options,
            BiConsumer<NodeAddress, List<String>> found,
            Runnable onProblem) {
        this.context = context;
        this.onProblem = onProblem;
        this.addresses =
                options.addresses().stream().map(NodeAddress::parse).distinct().toList();
        NodeResolver given = options.resolver();
        this.resolver = given != null
                ? given
                : host -> context.executeBlocking(() -> Arrays.stream(InetAddress.getAllByName(host))
                        .map(InetAddress::getHostAddress)
                        .toList());
        this.periodNanos = options.resolvePeriod().toNanos();
        this.found = found;
        addresses.forEach(address -> names.put(address, new Name()));
    }

    void lookUpAll() {
        addresses.forEach(this::lookUp);
    }

    /** Looks up those that it is time for. */
    void lookUpIfDue() {
        addresses.forEach(address -> lookUpAfter(address, periodNanos));
    }

    /** A node at this name can't be reached, so the name may stand for another one. */
    void lookUpSoon(NodeAddress address) {
        lookUpAfter(address, AGAIN_NANOS_MIN);
    }

    private void lookUpAfter(NodeAddress address, long nanos) {
        if (System.nanoTime() - name(address).askedNanos >= nanos && !isNumeric(address.host())) {
            lookUp(address);
        }
    }

    private Name name(NodeAddress address) {
        return names.computeIfAbsent(address, any -> new Name());
    }

    private void lookUp(NodeAddress address) {
        Name name = name(address);
        name.askedNanos = System.nanoTime();
        if (isNumeric(address.host())) {
            name.wasAnswered = true;
            found.accept(address, List.of(address.host()));
            return;
        }
        if (name.isAsked) {
            return;
        }
        name.isAsked = true;
        resolver.resolve(address.host())
                .onComplete((ips, failure) -> context.execute(() -> answered(address, name, ips, failure)));
    }

    private void answered(NodeAddress address, Name name, @Nullable List<String> ips, @Nullable Throwable failure) {
        name.isAsked = false;
        name.wasAnswered = true;
        List<String> numeric =
                ips == null ? List.of() : ips.stream().filter(Names::isNumeric).toList();
        if (!numeric.isEmpty()) {
            name.problem = null;
            found.accept(address, numeric);
            return;
        }
        // The addresses from before stay: that nobody can be asked says nothing of the nodes.
        name.problem = failure == null || failure instanceof UnknownHostException
                ? "its name is not known to DNS"
                : "its name can't be looked up (" + failure.getMessage() + ")";
        onProblem.run();
    }

    private static boolean isNumeric(String host) {
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    boolean wereAllAnswered() {
        return names.values().stream().allMatch(name -> name.wasAnswered);
    }

    /** By address, why a name can't be looked up. */
    Map<NodeAddress, String> problems() {
        Map<NodeAddress, String> problems = new HashMap<>();
        names.forEach((address, name) -> {
            String problem = name.problem;
            if (problem != null) {
                problems.put(address, problem);
            }
        });
        return problems;
    }
}
