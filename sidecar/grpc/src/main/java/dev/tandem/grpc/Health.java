package dev.tandem.grpc;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.rpc.Code;
import io.vertx.core.Future;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import io.vertx.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.vertx.grpc.health.v1.HealthListRequest;
import io.vertx.grpc.health.v1.HealthListResponse;
import io.vertx.grpc.health.v1.HealthProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * grpc.health.v1 for the callers on one event loop, which owns this. All services are well or not together, because they
 * stand on the same store.
 *
 * <p>Watchers are told of each change at once. A watch on an unknown service stays open and says so, as the protocol has
 * it.
 */
final class Health {
    private final Set<String> services;
    private final Map<Call, String> watchers = new LinkedHashMap<>();
    private ServingStatus status = ServingStatus.SERVING;

    /** @param services by their full names; the empty one is the whole server */
    Health(Set<String> services) {
        this.services = Set.copyOf(services);
    }

    List<ApiMethod<?, ?>> methods() {
        ServiceDescriptor service = HealthProto.getDescriptor().findServiceByName("Health");
        return List.of(
                ApiMethod.read(service.findMethodByName("Check"), HealthCheckRequest.getDefaultInstance(), this::check),
                ApiMethod.read(service.findMethodByName("List"), HealthListRequest.getDefaultInstance(), this::list),
                ApiMethod.stream(
                        service.findMethodByName("Watch"), HealthCheckRequest.getDefaultInstance(), this::watch));
    }

    void set(boolean isServing) {
        ServingStatus now = isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        if (now == status) {
            return;
        }
        status = now;
        HealthCheckResponse response = response(now);
        for (Map.Entry<Call, String> watcher : new ArrayList<>(watchers.entrySet())) {
            if (services.contains(watcher.getValue())) {
                watcher.getKey().write(response);
            }
        }
    }

    /** Ends all watches; their callers can watch again elsewhere. */
    void close() {
        for (Call watcher : new ArrayList<>(watchers.keySet())) {
            watcher.refuse(StatusMap.draining());
        }
    }

    private Future<HealthCheckResponse> check(HealthCheckRequest request, Call call) {
        if (!services.contains(request.getService())) {
            throw new ApiException(StatusMap.plain(
                    Code.NOT_FOUND, "NOT_FOUND", "there is no service " + Checks.shown(request.getService())));
        }
        return Future.succeededFuture(response(status));
    }

    private Future<HealthListResponse> list(HealthListRequest request, Call call) {
        HealthListResponse.Builder out = HealthListResponse.newBuilder();
        services.forEach(service -> out.putStatuses(service, response(status)));
        return Future.succeededFuture(out.build());
    }

    private void watch(HealthCheckRequest request, Call call) {
        boolean isKnown = services.contains(request.getService());
        call.write(response(isKnown ? status : ServingStatus.SERVICE_UNKNOWN));
        watchers.put(call, request.getService());
        call.onEnd(() -> watchers.remove(call));
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
