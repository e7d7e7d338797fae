package dev.tandem.store.redis.link;

import dev.tandem.store.FailureKind;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's ways to the nodes of a cluster.
 *
 * <p>A call goes to the node that has its slot by the map; where the map is old, the node says who has it (MOVED), or
 * who has this key already (ASK), and the call goes there. While the keys of a slot are at two nodes a script can't run
 * (TRYAGAIN), and while nodes hear of a move one after the other, each may name the other: such a call was not begun, and
 * is sent again after a pause until its time has passed.
 */
final class ClusterRoutes implements Routes {
    /** How often a call follows MOVED and ASK at once. More means that nodes contradict each other, as they may for a while. */
    private static final int REDIRECTS_AT_ONCE = 4;

    private static final int PAUSE_MILLIS_MIN = 1;
    private static final int PAUSE_MILLIS_MAX = 64;

    private final ContextInternal context;
    private final RedisOptions options;
    private final Connector connector;
    private final ClusterNodes nodes;
    private final LinkCounters counters;
    private final Map<Endpoint, ServerLink> links = new HashMap<>();
    /** Calls that wait for a slot to have moved. */
    private int paused;

    ClusterRoutes(
            ContextInternal context,
            RedisOptions options,
            Connector connector,
            ClusterNodes nodes,
            LinkCounters counters) {
        this.context = context;
        this.options = options;
        this.connector = connector;
        this.nodes = nodes;
        this.counters = counters;
    }

    @Override
    public @Nullable ServerLink linkTo(Call call) {
        Endpoint primary = nodes.map().primary(call.slot());
        if (primary == null) {
            nodes.refreshSoon();
            call.fail(
                    FailureKind.NOT_APPLIED,
                    "No node of the Redis cluster has the slot " + call.slot() + " of namespace " + call.namespace()
                            + "; see CLUSTER INFO");
            return null;
        }
        return link(primary);
    }

    private ServerLink link(Endpoint endpoint) {
        ServerLink known = links.get(endpoint);
        if (known != null) {
            return known;
        }
        ServerLink made =
                new ServerLink(context, options, connector, () -> Future.succeededFuture(endpoint), this, counters);
        links.put(endpoint, made);
        made.start();
        return made;
    }

    @Override
    public Collection<ServerLink> links() {
        return links.values();
    }

    /** Lets go of nodes that have no slots any more. */
    void forgetOthers() {
        Set<Endpoint> primaries = nodes.map().primaries();
        List<Endpoint> gone = new ArrayList<>();
        links.forEach((endpoint, link) -> {
            if (!primaries.contains(endpoint) && link.calls() == 0) {
                gone.add(endpoint);
            }
        });
        for (Endpoint endpoint : gone) {
            ServerLink link = links.remove(endpoint);
            if (link != null) {
                link.close();
            }
        }
    }

    @Override
    public boolean redirected(ServerLink from, Call call, ErrorType error) {
        String said = String.valueOf(error.getMessage());
        if (said.startsWith("MOVED ")) {
            return follow(from, call, said, false);
        }
        if (said.startsWith("ASK ")) {
            return follow(from, call, said, true);
        }
        if (said.startsWith("TRYAGAIN")) {
            return pause(call);
        }
        if (said.startsWith("CLUSTERDOWN")) {
            nodes.refreshSoon();
        }
        return false;
    }

    private boolean follow(ServerLink from, Call call, String said, boolean ask) {
        // MOVED 3999 127.0.0.1:6381
        String[] words = said.split(" ", -1);
        int colon = words.length == 3 ? words[2].lastIndexOf(':') : -1;
        Endpoint known = from.endpoint();
        if (colon < 0 || known == null) {
            return false;
        }
        String host = words[2].substring(0, colon);
        Endpoint target = Endpoint.of(
                host.isEmpty() || host.equals("?") ? known.host() : host,
                Integer.parseInt(words[2].substring(colon + 1)));
        (ask ? counters.asked : counters.moved).increment();
        if (!ask) {
            nodes.moved(call.slot(), target);
            nodes.refreshSoon();
        }
        if (call.countRedirect() > REDIRECTS_AT_ONCE) {
            return pause(call);
        }
        call.asking(ask);
        link(target).accept(call);
        return true;
    }

    private boolean pause(Call call) {
        if (paused >= options.callsMax()) {
            return false;
        }
        paused++;
        counters.triedAgain.increment();
        call.asking(false);
        call.forgetRedirects();
        long millis = Math.min(PAUSE_MILLIS_MAX, PAUSE_MILLIS_MIN << Math.min(call.countRepeat(), 10));
        context.setTimer(millis, id -> {
            paused--;
            if (call.isPast(System.nanoTime())) {
                counters.timedOut.increment();
                call.failLate(false, "the node that its namespace moves to");
                return;
            }
            ServerLink link = linkTo(call);
            if (link != null) {
                link.accept(call);
            }
        });
        return true;
    }

    @Override
    public void unreachable(ServerLink server) {
        nodes.refreshSoon();
    }
}
