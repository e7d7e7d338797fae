package dev.tandem.bench;

import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.node.NodeGroups;
import dev.tandem.store.raft.node.NodeOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Three store nodes, started for the run. Direct calls are made by the store that a sidecar has for them. */
final class RaftBackend implements Backend {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(30);

    private final StoreNodes nodes;
    private final RaftPlace.Durability durability;
    private final RaftNamespaces namespaces;
    private final TaskCalls store;

    private RaftBackend(StoreNodes nodes, RaftPlace.Durability durability, RaftNamespaces namespaces, TaskCalls store) {
        this.nodes = nodes;
        this.durability = durability;
        this.namespaces = namespaces;
        this.store = store;
    }

    static RaftBackend open(Stage stage, Program program, RaftPlace.Durability durability, String namespace) {
        stage.progress().step("starting three store nodes");
        StoreNodes nodes = StoreNodes.launch(stage, program, "raft", durability);
        stage.closings().add(nodes::close);
        nodes.nodes().forEach(StoreNodes.Node::awaitReady);
        NodeGroups groups = Waiting.on(
                NodeGroups.connect(stage.vertx(), NodeOptions.of(nodes.addresses())),
                OPEN_TIMEOUT,
                "the link to the nodes for direct calls");
        stage.closings().add(() -> Waiting.on(groups.close(), OPEN_TIMEOUT, "the end of the link"));
        RaftTaskStore store = new RaftTaskStore(stage.vertx(), groups);
        stage.closings().add(() -> Waiting.on(store.close(), OPEN_TIMEOUT, "the end of the store"));
        RaftNamespaces namespaces = new RaftNamespaces(namespace);
        return new RaftBackend(
                nodes, durability, namespaces, new StoreCalls(store, namespaces, InstantSource.system()));
    }

    @Override
    public Kind kind() {
        return Kind.RAFT;
    }

    @Override
    public String sidecarStore(int start) {
        return nodes.store();
    }

    @Override
    public @Nullable String unixStore() {
        return null;
    }

    @Override
    public Map<Way, TaskCalls> direct() {
        return Map.of(Way.STORE, store);
    }

    @Override
    public Namespaces namespaces() {
        return namespaces;
    }

    @Override
    public @Nullable ServerCosts costs(LoadGenerator load, TaskCalls api, SidecarProcess sidecar, Plan plan) {
        return null;
    }

    @Override
    public Scale scale(LoadGenerator load, TaskCalls api, List<Integer> tasks, Plan plan) {
        Scale scale = new ScaleMeasurement(load, store, api, new NodeScales(nodes), namespaces).run(tasks, plan);
        int most = tasks.stream().mapToInt(Integer::intValue).max().orElse(0);
        return scale.with(new SteadyMeasurement(load, api, nodes).run(most));
    }

    @Override
    public String describe() {
        return "raft, three nodes started for this run, " + durability.label();
    }

    /** Weighs tasks by what the nodes take of the machine, which is not exact: there is garbage among it. */
    private record NodeScales(StoreNodes nodes) implements ScaleMeasurement.Scales {
        @Override
        public String describe() {
            return "resident memory of a node, garbage and all";
        }

        @Override
        public long usedBytes() {
            return (long) nodes.nodes().stream()
                    .mapToLong(node -> node.process().residentBytes().orElse(0))
                    .average()
                    .orElse(0);
        }
    }

    /** Namespaces that go with their cluster. */
    private static final class RaftNamespaces implements ManyNamespaces {
        private final String prefix;
        private volatile String current;
        private int made;

        RaftNamespaces(String prefix) {
            this.prefix = prefix;
            this.current = prefix;
        }

        @Override
        public String get() {
            return current;
        }

        @Override
        public String another() {
            made++;
            return prefix + "-" + made;
        }

        @Override
        public void use(String namespace) {
            current = namespace;
        }

        @Override
        public void remove(String namespace) {
            // Its cluster ends with the run.
        }
    }
}
