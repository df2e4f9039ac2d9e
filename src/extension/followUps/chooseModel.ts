// Which language model of VS Code is meant by a setting.
import * as vscode from 'vscode'

/** `wanted`: an id or a family; null: any. Null if there is none such now; models come a while after their window. */
export async function chooseModel(wanted: string | null): Promise<vscode.LanguageModelChat | null> {
  const models = await vscode.lm.selectChatModels()
  const chosen =
    wanted === null
      ? models[0]
      : (models.find(({ id }) => id === wanted) ??
        models.find(({ family }) => family === wanted) ??
        models.find(({ vendor, id }) => `${vendor}/${id}` === wanted))
  return chosen ?? null
}

/** How a model is named in a setting so that it is this one. */
export function settingOf(model: vscode.LanguageModelChat): string {
  return model.id
}
