package dev.tandem.store.raft.member;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.server.FirewallingServer;
import com.hazelcast.internal.server.PacketFilter.Action;
import com.hazelcast.internal.server.Server;
import com.hazelcast.internal.server.tcp.LocalAddressRegistry;
import com.hazelcast.internal.server.tcp.ServerSocketRegistry;
import com.hazelcast.test.PacketFiltersUtil;
import dev.tandem.store.raft.log.DataFolder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Between members in this process: drops what goes from some of them to others. */
final class Firewall extends MemberContext {

    Firewall(DataFolder folder) {
        super(folder);
    }

    @Override
    public Server createServer(Node node, ServerSocketRegistry registry, LocalAddressRegistry addressRegistry) {
        return new FirewallingServer(super.createServer(node, registry, addressRegistry), Set.of());
    }

    /** Cuts some members off from the others; their connections stay, as with a cable that is pulled. */
    static void cutOff(List<Cluster.Slot> some, List<Cluster.Slot> others) {
        drop(some, others);
        drop(others, some);
    }

    private static void drop(List<Cluster.Slot> from, List<Cluster.Slot> to) {
        List<Integer> ports = to.stream().map(slot -> slot.port).toList();
        for (Cluster.Slot slot : from) {
            PacketFiltersUtil.setCustomFilter(
                    slot.member().hazelcast(),
                    (packet, address) -> ports.contains(address.getPort()) ? Action.DROP : Action.ALLOW);
        }
    }

    /** Keeps from a member what others send it, and counts what it sends itself. */
    static AtomicLong makeDeaf(Cluster.Slot deaf, List<Cluster.Slot> others) {
        drop(others, List.of(deaf));
        AtomicLong sent = new AtomicLong();
        PacketFiltersUtil.setCustomFilter(deaf.member().hazelcast(), (packet, address) -> {
            sent.incrementAndGet();
            return Action.ALLOW;
        });
        return sent;
    }

    static void heal(List<Cluster.Slot> all) {
        for (Cluster.Slot slot : all) {
            HazelcastInstance hazelcast = slot.member().hazelcast();
            PacketFiltersUtil.resetPacketFiltersFrom(hazelcast);
        }
    }
}
