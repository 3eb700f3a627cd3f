// How @hey-api/openapi-ts makes its client: from and to where tools/clients/run says.
export default {
  input: process.env.DOCUMENT,
  output: { path: process.env.OUTPUT, module: { extension: ".js" } },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
};
