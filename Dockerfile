# One image for every part: the verb says which, as in `docker run convoke worker`.
# Debian, not Alpine: Temporal's native code needs glibc.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs its install script.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-slim
# The worker's connection to Temporal trusts the system's certificates, and this base has none.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production CONVOKE_DATA_DIR=/var/lib/convoke
RUN install --directory --owner=node --group=node /var/lib/convoke
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
ENTRYPOINT ["node", "dist/main.js"]
